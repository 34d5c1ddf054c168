import { z } from 'zod';
import { type Expression, axisIndex, call, constant, input } from '../../ops/expression.js';
import type { TensorId } from '../../ops/op.js';
import { sigmoid } from '../activations/sigmoid.js';
import { softmax } from '../activations/softmax.js';
import { binaryPair, isBinary } from '../binary.js';
import { rowsOfClasses } from '../classes.js';
import { type Comparison, maskFor } from '../comparison.js';
import { defineLoss } from '../loss.js';
import { size } from '../../shape.js';

/**
 * `1 - (2 sum(p t) + smooth) / (sum(p) + sum(t) + smooth)` of probabilities p and targets t of 0 and 1, the sums over all elements of a
 * record that count, the mean over records: one minus the soft Dice coefficient (Milletari et al., 2016, whose sums are of squares). For segmentation: it weighs what
 * is found by its share, however small. Logits `[batch, ..., classes]` with classes `[batch, ...]`: p is their softmax, and the mean is over the
 * classes as well. One logit for each target as for binary_cross_entropy: p is its sigmoid.
 */
export const dice = defineLoss({
  type: 'dice',
  summary: 'One minus the soft Dice coefficient of each record, for segmentation, of several classes or of one logit.',
  options: z.object({
    smooth: z
      .number()
      .positive()
      .default(1)
      .describe('Added to both sides of the quotient: what is neither there nor found counts as found.'),
  }),
  link: () => 'logits',
  build(comparison, { smooth }) {
    const { builder } = comparison;
    const { probabilities, target, shape } = probabilitiesOf(comparison);
    const [batch, classes] = [shape[0]!, builder.shapeOf(probabilities).at(-1)!];
    const elements = size(shape) / batch;
    const perRecord = (tensor: TensorId, last: number): TensorId => builder.reshape(tensor, [batch, elements, last]);
    const mask = maskFor(comparison, shape);
    const counts = mask === undefined ? [] : [perRecord(builder.map(input(0), [mask], shape), 1)];
    const sum = (of: Expression): TensorId => {
      const counted = counts.length === 0 ? of : call('select', input(2), of, constant(0));
      const operands = [perRecord(probabilities, classes), perRecord(target, 1), ...counts];
      return builder.reduce('sum', builder.map(counted, operands, [batch, elements, classes]), [1]);
    };
    const wanted = classes === 1 ? input(1) : call('equal', axisIndex(2), input(1));
    const overlap = sum(call('multiply', input(0), wanted));
    const all = sum(call('add', input(0), wanted));
    const above = call('add', call('multiply', constant(2), input(0)), constant(smooth));
    const coefficient = call('divide', above, call('add', input(1), constant(smooth)));
    return builder.mean(builder.map(call('subtract', constant(1), coefficient), [overlap, all]));
  },
});

/** Probabilities `[..., classes]`, or `[..., 1]` of one logit, and the targets in the shape of the batch. */
function probabilitiesOf(comparison: Comparison) {
  const { builder } = comparison;
  if (isBinary(comparison)) {
    const { logits, target } = binaryPair(comparison, 'dice');
    const shape = builder.shapeOf(logits);
    return { probabilities: builder.reshape(sigmoid.apply(builder, logits, { type: 'sigmoid' }), [...shape, 1]), target, shape };
  }
  const { logits, target, shape } = rowsOfClasses(comparison, 'dice');
  return { probabilities: softmax.apply(builder, logits, { type: 'softmax' }), target, shape };
}
