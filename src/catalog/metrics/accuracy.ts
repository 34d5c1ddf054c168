import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import { binaryPair, isBinary } from '../binary.js';
import { classRows, countsWithout, firstLargest } from '../classes.js';
import { defineMetric, meanResult, meanStatistics } from '../metric.js';

/**
 * The share of targets whose largest logit (the first of equal ones) is theirs. Prediction `[batch, ..., classes]`, target classes
 * `[batch, ...]`, or probabilities of the prediction's shape, whose largest is the class. Two classes may have one logit for each target,
 * `[batch, ...]` or `[batch, ..., 1]`, which is right if it is above 0 for class 1 and not for class 0.
 */
export const accuracy = defineMetric({
  type: 'accuracy',
  summary: 'The share of targets whose largest logit is that of their class.',
  options: z.object({
    ignore_index: z.int().nonnegative().optional().describe('A class whose targets do not count: padding.'),
  }),
  larger: 'better',
  batches: 'add',
  build(comparison, { ignore_index }) {
    const { builder, field } = comparison;
    const equal = call('equal', input(0), input(1));
    if (field.kind === 'class' && isBinary(comparison)) {
      const { logits, target } = binaryPair(comparison, 'accuracy');
      const shape = builder.shapeOf(logits);
      const inRows = { logits, target, probabilities: false, rows: shape[0]!, classes: 2, shape };
      const decided = builder.map(call('greater', input(0), constant(0)), [logits]);
      const counts = countsWithout(comparison, inRows, ignore_index);
      return meanStatistics(comparison, builder.map(equal, [decided, target]), { counts });
    }
    const rows = classRows(comparison, 'accuracy');
    const counts = countsWithout(comparison, rows, ignore_index);
    const target = rows.probabilities ? firstLargest(builder, rows.target) : rows.target;
    const right = builder.map(equal, [firstLargest(builder, rows.logits), target]);
    return meanStatistics(comparison, builder.reshape(right, rows.shape), { counts });
  },
  result: meanResult,
});
