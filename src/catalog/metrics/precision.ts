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

const score = ({ hits, decided }: Counts): number => share(hits, decided);

/**
 * Of what is decided for a class, the share that is of it. 0 where there is nothing to divide by.
 * Predictions and targets are as `classCounts` takes them: a logit for each class, or one logit for two classes or for each label.
 */
export const precision = defineMetric({
  type: 'precision',
  summary: 'The share of decisions for a class that are right.',
  options: z.object({ ...averageOptions, ...decisionOptions }),
  larger: 'better',
  batches: 'add',
  parts: classParts,
  build(comparison, options) {
    checkAverage(options, comparison);
    return classCounts(comparison, 'precision', options);
  },
  result: (statistics, options, field) => averaged(statistics, score, options, field),
});
