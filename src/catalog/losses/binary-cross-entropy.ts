import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import { binaryPair, softplusPair } from '../binary.js';
import { ComparisonError, meanOf } from '../comparison.js';
import { defineLoss } from '../loss.js';

/**
 * `-(w y log p + (1 - y) log(1 - p))` with `p = sigmoid(logit)` and `w = pos_weight`, the mean over all elements that count, as PyTorch's
 * BCEWithLogitsLoss. Prediction: logits `[batch, ...]` or `[batch, ..., 1]`; target y: two classes `[batch, ...]`, or numbers of 0 to 1
 * of the prediction's shape, such as independent labels. Computed as `w y softplus(-x) + (1 - y) softplus(x)`, which loses no digits
 * where p is near 0 or 1. With label smoothing e the target becomes `(1 - e) y + e / 2`.
 */
export const binaryCrossEntropy = defineLoss({
  type: 'binary_cross_entropy',
  summary: 'Sigmoid cross-entropy of one logit for each target: two classes, or numbers of 0 to 1 of the same shape.',
  options: z.object({
    label_smoothing: z.number().min(0).lt(1).default(0).describe('How much of the target is spread over both classes.'),
    pos_weight: z
      .union([z.number().positive(), z.array(z.number().positive()).min(1)])
      .default(1)
      .describe('How much targets of 1 count, beside those of 0; a list has a number for each place of the last axis.'),
  }),
  link: () => 'sigmoid',
  build(comparison, { label_smoothing, pos_weight }) {
    const { builder } = comparison;
    const { logits, target } = binaryPair(comparison, 'binary_cross_entropy');
    const labels = builder.shapeOf(logits).at(-1)!;
    if (Array.isArray(pos_weight) && (builder.shapeOf(logits).length < 2 || pos_weight.length !== labels)) {
      const places = builder.shapeOf(logits).length < 2 ? 1 : labels;
      throw new ComparisonError(
        `${pos_weight.length} weights for ${places} ${places === 1 ? 'label' : 'labels'}`,
        `give ${places === 1 ? 'a single number' : `${places}, or a single number for all`}`,
        'pos_weight',
      );
    }
    const table = Array.isArray(pos_weight)
      ? [builder.constant(`pos_weight/${pos_weight.join(',')}`, [labels], () => Float32Array.from(pos_weight))]
      : [];
    const weight = Array.isArray(pos_weight) ? input(3) : constant(pos_weight);
    const { ofLogit, ofNegative } = softplusPair(builder, logits);
    const y =
      label_smoothing === 0
        ? input(2)
        : call('add', call('multiply', input(2), constant(1 - label_smoothing)), constant(label_smoothing / 2));
    const ones = call('multiply', call('multiply', weight, y), input(0));
    const zeros = call('multiply', call('subtract', constant(1), y), input(1));
    return meanOf(comparison, builder.map(call('add', ones, zeros), [ofNegative, ofLogit, target, ...table]));
  },
});
