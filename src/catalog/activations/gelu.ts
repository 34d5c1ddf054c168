import { z } from 'zod';
import { type Expression, call, clamp, constant, input } from '../../ops/expression.js';
import { defineActivation } from '../activation.js';

const approximations = ['none', 'tanh'] as const;

/** `x / 2 * (1 + erf(x / sqrt(2)))` */
function exact(x: Expression): Expression {
  const erf = call('error_function', call('multiply', x, constant(Math.SQRT1_2)));
  return call('multiply', call('multiply', x, constant(0.5)), call('add', erf, constant(1)));
}

/** `x / 2 * (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))` */
function byTanh(x: Expression): Expression {
  // From 10 on the tangent is 1 to the last bit; beyond, the cube and its derivative would overflow.
  const u = clamp(x, -10, 10);
  const cube = call('multiply', call('multiply', u, u), u);
  const inner = call('add', u, call('multiply', cube, constant(0.044715)));
  const tangent = call('hyperbolic_tangent', call('multiply', inner, constant(Math.sqrt(2 / Math.PI))));
  return call('multiply', call('multiply', x, constant(0.5)), call('add', tangent, constant(1)));
}

/** `x * P(X <= x)` for a standard normal X. Hendrycks and Gimpel, 2016. */
export const gelu = defineActivation({
  type: 'gelu',
  summary: 'Gaussian error linear unit: x * P(X <= x) for a standard normal X.',
  options: z.object({
    approximate: z.enum(approximations).default('none').describe('none: exact, by erf; tanh: by the formula that uses tanh.'),
  }),
  apply: (builder, x, { approximate }) => builder.map((approximate === 'tanh' ? byTanh : exact)(input(0)), [x]),
});
