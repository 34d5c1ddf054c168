import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import { defineOptimizer } from '../optimizer.js';

/**
 * Stochastic gradient descent, as PyTorch counts: `g += weight_decay p; v = momentum v + g; p -= learning_rate v`, with Nesterov
 * `p -= learning_rate (g + momentum v)`. Sutskever et al., 2013.
 */
export const sgd = defineOptimizer({
  type: 'sgd',
  summary: 'Stochastic gradient descent with momentum, Nesterov momentum and weight decay.',
  options: z.object({
    momentum: z.number().min(0).lt(1).default(0).describe('How much of the last step is kept.'),
    nesterov: z.boolean().default(false).describe('Look ahead along the momentum.'),
    weight_decay: z.number().nonnegative().default(0).describe('Times the parameter, added to its gradient.'),
  }),
  slots: ({ momentum }) => (momentum === 0 ? [] : ['momentum']),
  scalars: (_, { learningRate }) => ({ learning_rate: learningRate }),
  update(builder, { parameter, gradient, slots, scalars }, { momentum, nesterov, weight_decay }) {
    const decayed = call('add', input(0), call('multiply', input(1), constant(weight_decay)));
    const g = weight_decay === 0 ? gradient : builder.map(decayed, [gradient, parameter]);
    const descend = call('subtract', input(0), call('multiply', input(1), input(2)));
    const rate = scalars.learning_rate!;
    if (momentum === 0) return { parameter: builder.map(descend, [parameter, rate, g]), slots: {} };
    const accumulate = call('add', call('multiply', input(0), constant(momentum)), input(1));
    const v = builder.map(accumulate, [slots.momentum!, g]);
    const direction = nesterov ? builder.map(accumulate, [v, g]) : v;
    return { parameter: builder.map(descend, [parameter, rate, direction]), slots: { momentum: v } };
  },
});
