import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import { classRows, classTable, countsWithout, oneHot } from '../classes.js';
import { meanOf } from '../comparison.js';
import { defineLoss } from '../loss.js';

/**
 * `-log softmax(logits)[class]`, the mean over the batch and, for sequences and images, over the elements that count. Prediction: logits
 * `[batch, ..., classes]`; target: classes `[batch, ...]`, or probabilities of the prediction's shape, with which it is
 * `-sum(probability * log softmax(logits))`. With label smoothing e the target distribution becomes `(1 - e) target + e / classes`
 * (Szegedy et al., 2016).
 *
 * `class_weights` multiply the terms of the classes. As in PyTorch the mean over targets that are classes is then divided by the sum of
 * their weights; with probabilities it is not.
 */
export const crossEntropy = defineLoss({
  type: 'cross_entropy',
  classWeights: 'class_weights',
  summary:
    'Softmax cross-entropy of logits [batch, ..., classes] with classes [batch, ...], or with probabilities of the same shape.',
  takesProbabilities: true,
  options: z.object({
    label_smoothing: z.number().min(0).lt(1).default(0).describe('How much of the target is spread over all classes.'),
    class_weights: z
      .array(z.number().nonnegative())
      .min(1)
      .optional()
      .describe('How much each class counts, one number for each; the mean is over the weights.'),
    ignore_index: z.int().nonnegative().optional().describe('A class whose targets do not count: padding.'),
  }),
  link: () => 'softmax',
  build(comparison, { label_smoothing, class_weights, ignore_index }) {
    const { builder } = comparison;
    const classRow = classRows(comparison, 'cross_entropy');
    const { logits, target, probabilities, rows, classes, shape } = classRow;
    const counts = countsWithout(comparison, classRow, ignore_index);
    const table = class_weights && classTable(builder, class_weights, classes, 'class_weights');
    // The result does not depend on what is subtracted; the largest keeps the powers from overflowing.
    const largest = builder.stopGradient(builder.reduce('maximum', logits, [1]));
    const shifted = builder.map(call('subtract', input(0), input(1)), [logits, largest]);
    const powers = builder.map(call('exponential', input(0)), [shifted]);
    // By itself, for each row: in the formula below it would be computed for each class.
    const logSum = builder.map(call('logarithm', input(0)), [builder.reduce('sum', powers, [1])]);
    const logProbability = call('subtract', input(0), input(1));
    const wanted = probabilities ? input(2) : oneHot(2);
    const smoothed =
      label_smoothing === 0
        ? wanted
        : call('add', call('multiply', wanted, constant(1 - label_smoothing)), constant(label_smoothing / classes));
    const weight = table === undefined ? smoothed : call('multiply', smoothed, input(3));
    const operands = [shifted, logSum, target, ...(table === undefined ? [] : [table])];
    const terms = builder.map(call('multiply', weight, logProbability), operands);
    const divisors =
      table === undefined || probabilities
        ? undefined
        : builder.reshape(builder.gather(builder.reshape(table, [classes, 1]), builder.reshape(target, [rows])), shape);
    if (comparison.mask === undefined && counts === undefined && divisors === undefined) return builder.total(terms, -1 / rows);
    const ofRows = builder.map(call('negate', input(0)), [builder.reduce('sum', terms, [1])]);
    return meanOf(comparison, builder.reshape(ofRows, shape), { counts, divisors });
  },
});
