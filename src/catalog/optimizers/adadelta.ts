import { z } from 'zod';
import { constant, input } from '../../ops/expression.js';
import {
  add,
  decay,
  decayScalars,
  divide,
  epsilon,
  learningRate,
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
 * `v = rho v + (1 - rho) g²; d = sqrt(u + epsilon) / sqrt(v + epsilon) g; u = rho u + (1 - rho) d²; p -= learning_rate d`.
 * Zeiler, 2012, whose learning rate is 1.
 */
export const adadelta = defineOptimizer({
  type: 'adadelta',
  summary: 'Steps as long as the last ones were, over the mean square of the gradient (Zeiler, 2012).',
  options: z.object({
    learning_rate: learningRate(1),
    rho: z.number().min(0).lt(1).default(0.9).describe('How slowly the mean squares of gradients and steps move.'),
    epsilon: epsilon(1e-6).describe('Added to both mean squares before their roots are taken.'),
    ...weightDecay,
  }),
  slots: (_, shape) => slotsLike(shape, 'mean_square', 'mean_square_step'),
  scalars: (options, time) => ({ learning_rate: time.learningRate, ...decayScalars(options, time) }),
  update(builder, tensors, options) {
    const { slots, scalars } = tensors;
    const { parameter, gradient } = decay(builder, tensors, options);
    const meanSquare = movingAverage(builder, options.rho, slots.mean_square!, square(input(1)), gradient);
    const root = (index: number) => squareRoot(add(input(index), constant(options.epsilon)));
    const step = builder.map(multiply(divide(root(0), root(1)), input(2)), [slots.mean_square_step!, meanSquare, gradient]);
    const meanSquareStep = movingAverage(builder, options.rho, slots.mean_square_step!, square(input(1)), step);
    const descend = subtract(input(0), multiply(input(1), input(2)));
    return {
      parameter: builder.map(descend, [parameter, step, scalars.learning_rate!]),
      slots: { mean_square: meanSquare, mean_square_step: meanSquareStep },
    };
  },
});
