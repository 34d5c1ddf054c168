import { z } from 'zod';
import { constant, input } from '../../ops/expression.js';
import {
  add,
  decay,
  decayScalars,
  decoupled,
  decoupledDecay,
  learningRate,
  movingAverage,
  multiply,
  sign,
  slotsLike,
  subtract,
} from '../optimizer-fields.js';
import { defineOptimizer } from '../optimizer.js';

/**
 * `p -= learning_rate (sign(beta_1 m + (1 - beta_1) g) + weight_decay p); m = beta_2 m + (1 - beta_2) g`.
 * Chen et al., Symbolic Discovery of Optimization Algorithms, 2023, algorithm 2.
 */
export const lion = defineOptimizer({
  type: 'lion',
  summary: 'The sign of a mean gradient: every element moves equally far (Chen et al., 2023).',
  options: z.object({
    learning_rate: learningRate(0.0001),
    beta_1: z.number().min(0).lt(1).default(0.9).describe('What the mean counts against the gradient in the step.'),
    beta_2: z.number().min(0).lt(1).default(0.99).describe('How slowly the mean of the gradient moves.'),
    weight_decay: decoupledDecay(0),
  }),
  slots: (_, shape) => slotsLike(shape, 'mean'),
  scalars: (options, time) => ({
    learning_rate: time.learningRate,
    ...decayScalars(decoupled(options.weight_decay), time),
  }),
  update(builder, tensors, { beta_1, beta_2, weight_decay }) {
    const { parameter, gradient } = decay(builder, tensors, decoupled(weight_decay));
    const old = tensors.slots.mean!;
    const direction = add(multiply(input(0), constant(beta_1)), multiply(input(1), constant(1 - beta_1)));
    const toward = builder.map(direction, [old, gradient]);
    const descend = subtract(input(0), multiply(input(2), sign(input(1))));
    return {
      parameter: builder.map(descend, [parameter, toward, tensors.scalars.learning_rate!]),
      slots: { mean: movingAverage(builder, beta_2, old, input(1), gradient) },
    };
  },
});
