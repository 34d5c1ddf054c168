import { z } from 'zod';
import { constant, input } from '../../ops/expression.js';
import {
  add,
  beta1,
  beta2,
  decay,
  decayScalars,
  divide,
  epsilon,
  movingAverage,
  multiply,
  slotsLike,
  square,
  squareRoot,
  subtract,
  weightDecay,
} from '../optimizer-fields.js';
import { defineOptimizer } from '../optimizer.js';

/**
 * Adam, whose first steps, while the mean square stands for too few gradients, are those of momentum alone. With `r_inf = 2 / (1 -
 * beta_2) - 1` and `r = r_inf - 2 t beta_2^t / (1 - beta_2^t)`: where r > 5, `p -= learning_rate m' sqrt((r - 4) (r - 2) r_inf /
 * ((r_inf - 4) (r_inf - 2) r)) sqrt(1 - beta_2^t) / (sqrt(v) + epsilon)`, else `p -= learning_rate m'`, with `m' = m / (1 - beta_1^t)`;
 * as PyTorch counts. Liu et al., 2020.
 */
export const radam = defineOptimizer({
  type: 'radam',
  summary: 'Adam with a warm-up of its own, by how far the mean square can be trusted (Liu et al., 2020).',
  options: z.object({ beta_1: beta1(), beta_2: beta2(), epsilon: epsilon(1e-8), ...weightDecay }),
  slots: (_, shape) => slotsLike(shape, 'mean', 'mean_square'),
  scalars(options, time) {
    const { beta_1, beta_2 } = options;
    const correction = 1 - beta_2 ** time.step;
    const longest = 2 / (1 - beta_2) - 1;
    const length = longest - (2 * time.step * beta_2 ** time.step) / correction;
    const rate = time.learningRate / (1 - beta_1 ** time.step);
    const rectified = length > 5;
    const rectification = Math.sqrt(((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length));
    return {
      // One of the two is 0: which kind of step it is.
      adaptive_step_size: rectified ? rate * rectification * Math.sqrt(correction) : 0,
      plain_step_size: rectified ? 0 : rate,
      ...decayScalars(options, time),
    };
  },
  update(builder, tensors, options) {
    const { slots, scalars } = tensors;
    const { parameter, gradient } = decay(builder, tensors, options);
    const mean = movingAverage(builder, options.beta_1, slots.mean!, input(1), gradient);
    const meanSquare = movingAverage(builder, options.beta_2, slots.mean_square!, square(input(1)), gradient);
    const adaptive = divide(input(3), add(squareRoot(input(2)), constant(options.epsilon)));
    const descend = subtract(input(0), multiply(input(1), add(adaptive, input(4))));
    const operands = [parameter, mean, meanSquare, scalars.adaptive_step_size!, scalars.plain_step_size!];
    return { parameter: builder.map(descend, operands), slots: { mean, mean_square: meanSquare } };
  },
});
