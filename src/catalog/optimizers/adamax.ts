import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import {
  add,
  beta1,
  decay,
  decayScalars,
  divide,
  epsilon,
  learningRate,
  movingAverage,
  multiply,
  slotsLike,
  subtract,
  weightDecay,
} from '../optimizer-fields.js';
import { defineOptimizer } from '../optimizer.js';

/**
 * `m = beta_1 m + (1 - beta_1) g; u = max(beta_2 u, |g| + epsilon); p -= learning_rate / (1 - beta_1^t) m / u`, as PyTorch counts.
 * Kingma and Ba, 2015, section 7.1.
 */
export const adamax = defineOptimizer({
  type: 'adamax',
  summary: 'Adam with the largest gradient in place of the mean square (Kingma and Ba, 2015).',
  options: z.object({
    learning_rate: learningRate(0.002),
    beta_1: beta1(),
    beta_2: z.number().min(0).lt(1).default(0.999).describe('How slowly the largest gradient is forgotten.'),
    epsilon: epsilon(1e-8).describe('Added to the absolute gradient.'),
    ...weightDecay,
  }),
  slots: (_, shape) => slotsLike(shape, 'mean', 'largest'),
  scalars: (options, time) => ({
    step_size: time.learningRate / (1 - options.beta_1 ** time.step),
    ...decayScalars(options, time),
  }),
  update(builder, tensors, options) {
    const { slots, scalars } = tensors;
    const { parameter, gradient } = decay(builder, tensors, options);
    const mean = movingAverage(builder, options.beta_1, slots.mean!, input(1), gradient);
    const present = add(call('absolute', input(1)), constant(options.epsilon));
    const largest = builder.map(call('maximum', multiply(input(0), constant(options.beta_2)), present), [
      slots.largest!,
      gradient,
    ]);
    const descend = subtract(input(0), divide(multiply(input(1), input(3)), input(2)));
    return { parameter: builder.map(descend, [parameter, mean, largest, scalars.step_size!]), slots: { mean, largest } };
  },
});
