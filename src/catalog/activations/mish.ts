import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import { defineActivation } from '../activation.js';

/**
 * `x * tanh(softplus(x))`. Misra, 2019. With e = exp(x) and n = e (e + 2), the tangent is `n / (n + 2)`: no difference of nearly
 * equal numbers, and one exponential in place of three functions. From 20 on it is 1 to the last bit.
 */
export const mish = defineActivation({
  type: 'mish',
  summary: 'x * tanh(softplus(x)).',
  options: z.object({}),
  apply(builder, x) {
    const power = call('exponential', call('minimum', input(0), constant(20)));
    const n = call('multiply', power, call('add', power, constant(2)));
    return builder.map(call('multiply', input(0), call('divide', n, call('add', n, constant(2)))), [x]);
  },
});
