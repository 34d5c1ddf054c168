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

const score = ({ hits, actual }: Counts): number => share(hits, actual);

/**
 * Of what is of a class, the share that is decided for it. 0 where there is nothing to divide by.
 * Predictions and targets are as `classCounts` takes them: a logit for each class, or one logit for two classes or for each label.
 */
export const recall = defineMetric({
  type: 'recall',
  summary: 'The share of targets of a class that are found.',
  options: z.object({ ...averageOptions, ...decisionOptions }),
  larger: 'better',
  batches: 'add',
  parts: classParts,
  build(comparison, options) {
    checkAverage(options, comparison);
    return classCounts(comparison, 'recall', options);
  },
  result: (statistics, options, field) => averaged(statistics, score, options, field),
});
