import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
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
 * `v = rho v + (1 - rho) g²; p -= learning_rate g / (sqrt(v) + epsilon)`, as PyTorch counts. Centered, the mean m of the gradient
 * is kept too and `v - m²` stands for v, its variance (Graves, 2013). With momentum `b = momentum b + g / (sqrt(v) + epsilon);
 * p -= learning_rate b`. Tieleman and Hinton, 2012.
 */
export const rmsprop = defineOptimizer({
  type: 'rmsprop',
  summary: 'Steps divided by the root of the mean squared gradient (Tieleman and Hinton, 2012).',
  options: z.object({
    learning_rate: learningRate(0.01),
    rho: z.number().min(0).lt(1).default(0.99).describe('How slowly the mean of the squared gradient moves.'),
    epsilon: epsilon(1e-8),
    momentum: z.number().min(0).lt(1).default(0).describe('How much of the last step is kept.'),
    centered: z.boolean().default(false).describe('Divide by the root of the variance in place of the mean square.'),
    ...weightDecay,
  }),
  slots: ({ momentum, centered }, shape) =>
    slotsLike(shape, 'mean_square', ...(centered ? ['mean'] : []), ...(momentum === 0 ? [] : ['momentum'])),
  scalars: (options, time) => ({ learning_rate: time.learningRate, ...decayScalars(options, time) }),
  update(builder, tensors, options) {
    const { slots, scalars } = tensors;
    const { parameter, gradient } = decay(builder, tensors, options);
    const meanSquare = movingAverage(builder, options.rho, slots.mean_square!, square(input(1)), gradient);
    const mean = options.centered ? movingAverage(builder, options.rho, slots.mean!, input(1), gradient) : undefined;
    // In float32 the mean square of a gradient that hardly changes can fall below the square of its mean.
    const variance = mean === undefined ? input(1) : call('maximum', subtract(input(1), square(input(2))), constant(0));
    const scaled = divide(input(0), add(squareRoot(variance), constant(options.epsilon)));
    const step = builder.map(scaled, [gradient, meanSquare, ...(mean === undefined ? [] : [mean])]);
    const accumulate = add(multiply(input(0), constant(options.momentum)), input(1));
    const momentum = options.momentum === 0 ? undefined : builder.map(accumulate, [slots.momentum!, step]);
    const descend = subtract(input(0), multiply(input(1), input(2)));
    return {
      parameter: builder.map(descend, [parameter, momentum ?? step, scalars.learning_rate!]),
      slots: {
        mean_square: meanSquare,
        ...(mean === undefined ? {} : { mean }),
        ...(momentum === undefined ? {} : { momentum }),
      },
    };
  },
});
