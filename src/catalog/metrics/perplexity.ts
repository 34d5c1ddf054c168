import { z } from 'zod';
import { countsWithout, negativeLogLikelihood, rowsOfClasses } from '../classes.js';
import { defineMetric, meanResult, meanStatistics } from '../metric.js';

/**
 * `exp` of the mean cross-entropy over all targets that count, those of all batches together. Prediction: logits `[batch, ..., classes]`; target:
 * classes `[batch, ...]`, mostly the words of a sequence. That of a guess among n words is n.
 */
export const perplexity = defineMetric({
  type: 'perplexity',
  summary: 'exp of the mean cross-entropy: among how many classes one would be guessing.',
  options: z.object({
    ignore_index: z.int().nonnegative().optional().describe('A class whose targets do not count: padding.'),
  }),
  larger: 'worse',
  batches: 'add',
  build(comparison, { ignore_index }) {
    const { builder } = comparison;
    const rows = rowsOfClasses(comparison, 'perplexity');
    const counts = countsWithout(comparison, rows, ignore_index);
    const terms = negativeLogLikelihood(builder, rows.logits, rows.target);
    return meanStatistics(comparison, builder.reshape(terms, rows.shape), { counts });
  },
  result: (statistics) => Math.exp(meanResult(statistics)),
});
