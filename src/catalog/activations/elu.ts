import { z } from 'zod';
import { type Expression, call, constant, input } from '../../ops/expression.js';
import { defineActivation } from '../activation.js';

/**
 * `scale * (x > 0 ? x : alpha * (exp(x) - 1))`; the derivative at 0 is that of the left side, as in PyTorch.
 *
 * With t = tanh(x / 2), `exp(x) - 1 = 2 t / (1 - t)`: near 0 a difference of nearly equal numbers would leave few digits. Left of 0
 * nothing overflows, and to the right x counts as 0.
 */
export function exponentialLinear(x: Expression, alpha: number, scale: number): Expression {
  const left = call('minimum', constant(0), x);
  const t = call('hyperbolic_tangent', call('multiply', left, constant(0.5)));
  const powerMinusOne = call('divide', call('add', t, t), call('subtract', constant(1), t));
  const right = call('multiply', call('maximum', x, constant(0)), constant(scale));
  return call('add', right, call('multiply', powerMinusOne, constant(alpha * scale)));
}

/** `x` where x > 0, else `alpha * (exp(x) - 1)`. Clevert, Unterthiner and Hochreiter, 2016. */
export const elu = defineActivation({
  type: 'elu',
  summary: 'Exponential linear unit: x where x > 0, else alpha * (exp(x) - 1).',
  options: z.object({ alpha: z.number().positive().default(1).describe('What is approached, negated, far left of 0.') }),
  apply: (builder, x, { alpha }) => builder.map(exponentialLinear(input(0), alpha, 1), [x]),
});
