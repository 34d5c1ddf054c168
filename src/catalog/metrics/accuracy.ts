import { z } from 'zod';
import { call, input } from '../../ops/expression.js';
import { classRows, firstLargest } from '../classes.js';
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
    const { logits, target, shape } = classRows(comparison, 'accuracy');
    const right = builder.map(call('equal', input(0), input(1)), [firstLargest(builder, logits), target]);
    return meanStatistics(comparison, builder.reshape(right, shape));
  },
  result: meanResult,
});
