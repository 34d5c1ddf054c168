import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import { alike, meanOf } from '../comparison.js';
import { defineLoss } from '../loss.js';

/**
 * The negative logarithm of the likelihood of counts y by Poisson distributions, without the term `ln y!`, which no prediction changes: the mean of
 * `exp(x) - y x` where the prediction x is the logarithm of the rate, or of `x - y ln(x + epsilon)` where it is the rate. Both have one
 * shape, `[batch, ...]`.
 */
export const poissonNll = defineLoss({
  type: 'poisson_nll',
  summary: 'The negative log-likelihood of counts that follow Poisson distributions.',
  options: z.object({
    log_input: z
      .boolean()
      .default(true)
      .describe("Whether the model's output is the logarithm of the rate. Otherwise it is the rate and must not be negative."),
    epsilon: z.number().positive().default(1e-8).describe('Added to the rate before its logarithm is taken.'),
  }),
  link: ({ log_input }) => (log_input ? 'exponential' : 'none'),
  build(comparison, { log_input, epsilon }) {
    const { prediction, target } = alike(comparison, 'poisson_nll');
    const logRate = log_input ? input(0) : call('logarithm', call('add', input(0), constant(epsilon)));
    const rate = log_input ? call('exponential', input(0)) : input(0);
    const terms = call('subtract', rate, call('multiply', input(1), logRate));
    return meanOf(comparison, comparison.builder.map(terms, [prediction, target]));
  },
});
