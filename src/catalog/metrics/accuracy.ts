import { z } from 'zod';
import { axisIndex, call, constant, input } from '../../ops/expression.js';
import { classRows } from '../comparison.js';
import { defineMetric, meanResult, meanStatistics } from '../metric.js';

/**
 * The share of targets whose largest logit (the first of equal ones) is theirs. Prediction `[batch, ..., classes]`, target
 * `[batch, ...]`.
 */
export const accuracy = defineMetric({
  type: 'accuracy',
  summary: 'The share of targets whose largest logit is that of their class.',
  options: z.object({}),
  larger: 'better',
  batches: 'add',
  build(comparison) {
    const { builder } = comparison;
    const { logits, target, classes } = classRows(comparison, 'accuracy');
    const largest = builder.reduce('maximum', logits, [1]);
    // The first largest is found as the maximum of -index, so that equal logits do not all count as right.
    const candidate = call('select', call('equal', input(0), input(1)), call('negate', axisIndex(1)), constant(-classes));
    const first = builder.reduce('maximum', builder.map(candidate, [logits, largest]), [1]);
    const right = builder.map(call('equal', call('negate', input(0)), input(1)), [first, target]);
    return meanStatistics(comparison, builder.reshape(right, builder.shapeOf(comparison.target)));
  },
  result: meanResult,
});
