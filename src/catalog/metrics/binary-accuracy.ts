import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import { binaryPair } from '../binary.js';
import { decisionOptions, logitOf } from '../class-counts.js';
import { defineMetric, meanResult, meanStatistics } from '../metric.js';

/**
 * The share of single logits that decide rightly: for 1 where their sigmoid is above the threshold, else for 0. Shapes as for
 * binary_cross_entropy: two classes, or numbers of the prediction's shape such as independent labels, of which those above 0.5 are 1.
 */
export const binaryAccuracy = defineMetric({
  type: 'binary_accuracy',
  summary: 'The share of targets of 0 and 1 that one logit for each decides rightly.',
  options: z.object({ threshold: decisionOptions.threshold }),
  larger: 'better',
  batches: 'add',
  build(comparison, { threshold }) {
    const { logits, target } = binaryPair(comparison, 'binary_accuracy');
    const decided = call('greater', input(0), constant(logitOf(threshold)));
    const right = call('equal', decided, call('greater', input(1), constant(0.5)));
    return meanStatistics(comparison, comparison.builder.map(right, [logits, target]));
  },
  result: meanResult,
});
