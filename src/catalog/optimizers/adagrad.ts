import { z } from 'zod';
import { constant, input } from '../../ops/expression.js';
import {
  add,
  decay,
  decayScalars,
  divide,
  epsilon,
  learningRate,
  multiply,
  square,
  squareRoot,
  subtract,
  weightDecay,
} from '../optimizer-fields.js';
import { defineOptimizer } from '../optimizer.js';

/**
 * `s += g²; p -= learning_rate / (1 + (t - 1) learning_rate_decay) g / (sqrt(s) + epsilon)`, as PyTorch counts.
 * Duchi, Hazan and Singer, 2011.
 */
export const adagrad = defineOptimizer({
  type: 'adagrad',
  summary: 'Steps divided by the root of the sum of all squared gradients so far (Duchi et al., 2011).',
  options: z.object({
    learning_rate: learningRate(0.01),
    learning_rate_decay: z
      .number()
      .nonnegative()
      .default(0)
      .describe('At update t the learning rate is divided by 1 + (t - 1) times this.'),
    initial_accumulator_value: z.number().nonnegative().default(0).describe('What the sum of squares starts from.'),
    epsilon: epsilon(1e-10).describe('Added to the root of the sum of squares.'),
    ...weightDecay,
  }),
  slots: ({ initial_accumulator_value: initial }, shape) => [{ name: 'sum_of_squares', shape, initial }],
  scalars: (options, time) => ({
    learning_rate: time.learningRate / (1 + (time.step - 1) * options.learning_rate_decay),
    ...decayScalars(options, time),
  }),
  update(builder, tensors, options) {
    const { parameter, gradient } = decay(builder, tensors, options);
    const sum = builder.map(add(input(0), square(input(1))), [tensors.slots.sum_of_squares!, gradient]);
    const root = add(squareRoot(input(2)), constant(options.epsilon));
    const descend = subtract(input(0), divide(multiply(input(1), input(3)), root));
    const next = builder.map(descend, [parameter, gradient, sum, tensors.scalars.learning_rate!]);
    return { parameter: next, slots: { sum_of_squares: sum } };
  },
});
