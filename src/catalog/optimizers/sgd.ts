import { z } from 'zod';
import { constant, input } from '../../ops/expression.js';
import { add, decay, decayScalars, multiply, slotsLike, subtract, weightDecay } from '../optimizer-fields.js';
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
    ...weightDecay,
  }),
  slots: ({ momentum }, shape) => (momentum === 0 ? [] : slotsLike(shape, 'momentum')),
  scalars: (options, time) => ({ learning_rate: time.learningRate, ...decayScalars(options, time) }),
  update(builder, tensors, options) {
    const { momentum, nesterov } = options;
    const { parameter, gradient } = decay(builder, tensors, options);
    const descend = subtract(input(0), multiply(input(1), input(2)));
    const rate = tensors.scalars.learning_rate!;
    if (momentum === 0) return { parameter: builder.map(descend, [parameter, rate, gradient]), slots: {} };
    const accumulate = add(multiply(input(0), constant(momentum)), input(1));
    const v = builder.map(accumulate, [tensors.slots.momentum!, gradient]);
    const direction = nesterov ? builder.map(accumulate, [v, gradient]) : v;
    return { parameter: builder.map(descend, [parameter, rate, direction]), slots: { momentum: v } };
  },
});
