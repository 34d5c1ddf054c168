import { z } from 'zod';
import { axisIndex, call, constant, input } from '../../ops/expression.js';
import { ShapeError, formatShape } from '../../shape.js';
import { defineLoss } from '../loss.js';

/**
 * `-log softmax(logits)[class]`, the mean over the batch. Prediction: logits `[batch, classes]`; target: classes `[batch]`.
 * With label smoothing e the target distribution is `(1 - e) one_hot + e / classes` (Szegedy et al., 2016).
 */
export const crossEntropy = defineLoss({
  type: 'cross_entropy',
  summary: 'Softmax cross-entropy of logits [batch, classes] with whole-number classes [batch].',
  options: z.object({
    label_smoothing: z.number().min(0).lt(1).default(0).describe('How much of the target is spread over all classes.'),
  }),
  build({ builder, prediction, target }, { label_smoothing }) {
    const shape = builder.shapeOf(prediction);
    if (shape.length !== 2) throw new ShapeError(`cross_entropy needs logits [batch, classes], not ${formatShape(shape)}`);
    const [batch, classes] = shape as [number, number];
    const column = builder.reshape(target, [batch, 1]);
    // The result does not depend on what is subtracted; the largest keeps the powers from overflowing.
    const largest = builder.stopGradient(builder.reduce('maximum', prediction, [1]));
    const shifted = builder.map(call('subtract', input(0), input(1)), [prediction, largest]);
    const powers = builder.map(call('exponential', input(0)), [shifted]);
    const sum = builder.reduce('sum', powers, [1]);
    const logProbability = call('subtract', input(0), call('logarithm', input(1)));
    const oneHot = call('equal', axisIndex(1), input(2));
    const weight =
      label_smoothing === 0
        ? oneHot
        : call('add', call('multiply', oneHot, constant(1 - label_smoothing)), constant(label_smoothing / classes));
    const terms = builder.map(call('multiply', weight, logProbability), [shifted, sum, column]);
    return builder.total(terms, -1 / batch);
  },
});
