import { z } from 'zod';
import { axisIndex, call, constant, input } from '../../ops/expression.js';
import { classRows, meanOf } from '../comparison.js';
import { defineLoss } from '../loss.js';

/**
 * `-log softmax(logits)[class]`, the mean over the batch and, for sequences, over the steps that count. Prediction: logits
 * `[batch, ..., classes]`; target: classes `[batch, ...]`. With label smoothing e the target distribution is
 * `(1 - e) one_hot + e / classes` (Szegedy et al., 2016).
 */
export const crossEntropy = defineLoss({
  type: 'cross_entropy',
  summary: 'Softmax cross-entropy of logits [batch, ..., classes] with whole-number classes [batch, ...].',
  options: z.object({
    label_smoothing: z.number().min(0).lt(1).default(0).describe('How much of the target is spread over all classes.'),
  }),
  build(comparison, { label_smoothing }) {
    const { builder, field } = comparison;
    const { logits, target, classes } = classRows(comparison, 'cross_entropy');
    // The result does not depend on what is subtracted; the largest keeps the powers from overflowing.
    const largest = builder.stopGradient(builder.reduce('maximum', logits, [1]));
    const shifted = builder.map(call('subtract', input(0), input(1)), [logits, largest]);
    const powers = builder.map(call('exponential', input(0)), [shifted]);
    const sum = builder.reduce('sum', powers, [1]);
    const logProbability = call('subtract', input(0), call('logarithm', input(1)));
    const oneHot = call('equal', axisIndex(1), input(2));
    const weight =
      label_smoothing === 0
        ? oneHot
        : call('add', call('multiply', oneHot, constant(1 - label_smoothing)), constant(label_smoothing / classes));
    const terms = builder.map(call('multiply', weight, logProbability), [shifted, sum, target]);
    if (comparison.mask === undefined) return builder.total(terms, -1 / builder.shapeOf(terms)[0]!);
    const rows = builder.map(call('negate', input(0)), [builder.reduce('sum', terms, [1])]);
    return meanOf(comparison, builder.reshape(rows, [builder.shapeOf(comparison.target)[0]!, ...field.shape]));
  },
});
