import { z } from 'zod';
import { type Expression, call, clamp, constant, input } from '../../ops/expression.js';
import { defineActivation } from '../activation.js';

const approximations = ['none', 'tanh'] as const;

/** `P(X <= x)`: `(1 + erf(x / sqrt(2))) / 2` */
const probability = call(
  'multiply',
  call('add', call('error_function', call('multiply', input(0), constant(Math.SQRT1_2))), constant(1)),
  constant(0.5),
);

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
  apply(builder, x, { approximate }) {
    if (approximate === 'tanh') return builder.map(byTanh(input(0)), [x]);
    // The gradient reads the probability, which takes longer to compute again than to keep.
    return builder.map(call('multiply', input(0), input(1)), [x, builder.map(probability, [x])]);
  },
});
