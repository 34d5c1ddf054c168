import { z } from 'zod';
import { axisIndex, call, constant, input } from '../../ops/expression.js';
import { countsWithout, ofClass, rowsOfClasses } from '../classes.js';
import { ComparisonError } from '../comparison.js';
import { defineMetric, meanResult, meanStatistics } from '../metric.js';

/**
 * The share of targets whose logit is among the k largest; of equal ones the first count as larger. Prediction `[batch, ..., classes]`,
 * target classes `[batch, ...]`.
 */
export const topKAccuracy = defineMetric({
  type: 'top_k_accuracy',
  summary: 'The share of targets whose logit is among the k largest.',
  options: z.object({
    k: z.int().positive().default(5).describe('How many logits are looked at.'),
    ignore_index: z.int().nonnegative().optional().describe('A class whose targets do not count: padding.'),
  }),
  larger: 'better',
  batches: 'add',
  build(comparison, { k, ignore_index }) {
    const { builder } = comparison;
    const rows = rowsOfClasses(comparison, 'top_k_accuracy');
    const { logits, target, classes, shape } = rows;
    if (k > classes) throw new ComparisonError(`the target has only ${classes} classes`, `take at most ${classes}`, 'k');
    const counts = countsWithout(comparison, rows, ignore_index);
    // Counted is what is beaten, not what is ahead: NaN beats nothing.
    const beaten = call(
      'select',
      call('equal', input(0), input(1)),
      call('greater', axisIndex(1), input(2)),
      call('greater', input(1), input(0)),
    );
    const number = builder.reduce('sum', builder.map(beaten, [logits, ofClass(builder, logits, target), target]), [1]);
    const right = builder.map(call('greater_equal', input(0), constant(classes - k)), [number]);
    return meanStatistics(comparison, builder.reshape(right, shape), { counts });
  },
  result: meanResult,
});
