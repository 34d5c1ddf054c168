import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import {
  add,
  beta1,
  beta2,
  divide,
  epsilon,
  movingAverage,
  multiply,
  norm,
  slotsLike,
  square,
  squareRoot,
  subtract,
} from '../optimizer-fields.js';
import { defineOptimizer } from '../optimizer.js';

/**
 * Adam's step, as long as the parameter as a whole: `u = m' / (sqrt(v') + epsilon) + weight_decay p; p -= learning_rate |p| / |u| u`,
 * with the corrected means `m' = m / (1 - beta_1^t)` and `v' = v / (1 - beta_2^t)`. Where |p| or |u| is 0 the ratio is 1, so that what
 * starts at 0 can leave it. You et al., Large Batch Optimization for Deep Learning, 2020, algorithm 2.
 */
export const lamb = defineOptimizer({
  type: 'lamb',
  summary: "Adam with each parameter's step as long as the parameter, for large batches (You et al., 2020).",
  options: z.object({
    beta_1: beta1(),
    beta_2: beta2(),
    epsilon: epsilon(1e-6),
    weight_decay: z.number().nonnegative().default(0).describe('Times the parameter, added to its step.'),
  }),
  slots: (_, shape) => slotsLike(shape, 'mean', 'mean_square'),
  scalars: ({ beta_1, beta_2 }, { step, learningRate }) => ({
    learning_rate: learningRate,
    inverse_correction: 1 / (1 - beta_1 ** step),
    inverse_root_correction: 1 / Math.sqrt(1 - beta_2 ** step),
  }),
  update(builder, { parameter, gradient, slots, scalars }, { beta_1, beta_2, epsilon, weight_decay }) {
    const mean = movingAverage(builder, beta_1, slots.mean!, input(1), gradient);
    const meanSquare = movingAverage(builder, beta_2, slots.mean_square!, square(input(1)), gradient);
    const root = add(multiply(squareRoot(input(1)), input(3)), constant(epsilon));
    const adaptive = divide(multiply(input(0), input(2)), root);
    const step = builder.map(add(adaptive, multiply(input(4), constant(weight_decay))), [
      mean,
      meanSquare,
      scalars.inverse_correction!,
      scalars.inverse_root_correction!,
      parameter,
    ]);
    const bothAreSome = multiply(call('greater', input(0), constant(0)), call('greater', input(1), constant(0)));
    const ratio = call('select', bothAreSome, divide(input(0), input(1)), constant(1));
    const length = builder.map(multiply(ratio, input(2)), [
      norm(builder, parameter),
      norm(builder, step),
      scalars.learning_rate!,
    ]);
    const descend = subtract(input(0), multiply(input(1), input(2)));
    return { parameter: builder.map(descend, [parameter, length, step]), slots: { mean, mean_square: meanSquare } };
  },
});
