import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import { binaryPair, isBinary } from '../binary.js';
import { ofClass, oneHot, rowsOfClasses } from '../classes.js';
import { meanOf } from '../comparison.js';
import { defineLoss } from '../loss.js';

/**
 * `max(0, margin - t x)` of one number x for each target, whose 0 and 1 stand for t = -1 and 1, shaped as for binary_cross_entropy; the mean over all
 * that count. Of several classes, prediction `[batch, ..., classes]` and classes `[batch, ...]`: the sum of
 * `max(0, margin - x[class] + x[other])` over the other classes, divided by the number of classes (Weston and Watkins, 1999), as PyTorch's
 * MultiMarginLoss.
 */
export const hinge = defineLoss({
  type: 'hinge',
  summary: 'How far outputs are from being right by a margin, of several classes or of one output (a support vector machine).',
  options: z.object({ margin: z.number().positive().default(1).describe('By how much an output should be right.') }),
  link: () => 'scores',
  build(comparison, { margin }) {
    const { builder } = comparison;
    if (isBinary(comparison)) {
      const { logits, target } = binaryPair(comparison, 'hinge');
      const sign = call('subtract', call('multiply', constant(2), input(1)), constant(1));
      const missing = call('subtract', constant(margin), call('multiply', sign, input(0)));
      return meanOf(comparison, builder.map(call('maximum', missing, constant(0)), [logits, target]));
    }
    const { logits, target, classes, shape } = rowsOfClasses(comparison, 'hinge');
    const own = ofClass(builder, logits, target);
    const missing = call('add', constant(margin), call('subtract', input(0), input(1)));
    const terms = call('select', oneHot(2), constant(0), call('maximum', missing, constant(0)));
    const sums = builder.reduce('sum', builder.map(terms, [logits, own, target]), [1]);
    const means = builder.map(call('multiply', input(0), constant(1 / classes)), [sums]);
    return meanOf(comparison, builder.reshape(means, shape));
  },
});
