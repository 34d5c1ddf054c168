import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import { logSoftmax } from '../activations/log-softmax.js';
import { classRows } from '../classes.js';
import { ComparisonError, meanOf } from '../comparison.js';
import { defineLoss } from '../loss.js';

/**
 * The Kullback–Leibler divergence `sum(p (log p - log softmax(logits)))` over the classes, the mean over all rows that count. Prediction:
 * logits `[batch, ..., classes]`; target p: probabilities of the same shape. A p of 0 adds nothing. For `[batch, classes]` it is PyTorch's
 * `kl_div(log_softmax(logits), p, reduction='batchmean')`.
 */
export const klDivergence = defineLoss({
  type: 'kl_divergence',
  summary: 'The Kullback–Leibler divergence of softmax(logits) from probabilities of the same shape.',
  options: z.object({}),
  link: () => 'softmax',
  build(comparison) {
    const { builder, field } = comparison;
    if (field.kind === 'class') {
      throw new ComparisonError('kl_divergence compares with probabilities, but the target is classes', 'use cross_entropy');
    }
    const { logits, target, shape } = classRows(comparison, 'kl_divergence');
    const logProbabilities = logSoftmax.apply(builder, logits, { type: 'log_softmax' });
    const positive = call('greater', input(1), constant(0));
    // The logarithm of 0 is taken nowhere: what it gives differs between devices.
    const logTarget = call('logarithm', call('select', positive, input(1), constant(1)));
    const terms = call('multiply', input(1), call('subtract', logTarget, input(0)));
    const sums = builder.reduce('sum', builder.map(terms, [logProbabilities, target]), [1]);
    return meanOf(comparison, builder.reshape(sums, shape));
  },
});
