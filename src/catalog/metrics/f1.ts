import { z } from 'zod';
import {
  type Counts,
  averageOptions,
  averaged,
  checkAverage,
  classCounts,
  classParts,
  decisionOptions,
  share,
} from '../class-counts.js';
import { defineMetric } from '../metric.js';

const score = ({ hits, decided, actual }: Counts): number => share(2 * hits, decided + actual);

/**
 * Twice what is decided rightly for a class, over what is decided for it and what is of it: the harmonic mean of precision and recall. 0 where there is nothing to divide by.
 * Predictions and targets are as `classCounts` takes them: a logit for each class, or one logit for two classes or for each label.
 */
export const f1 = defineMetric({
  type: 'f1',
  summary: 'The harmonic mean of precision and recall.',
  options: z.object({ ...averageOptions, ...decisionOptions }),
  larger: 'better',
  batches: 'add',
  parts: classParts,
  build(comparison, options) {
    checkAverage(options, comparison);
    return classCounts(comparison, 'f1', options);
  },
  result: (statistics, options, field) => averaged(statistics, score, options, field),
});
