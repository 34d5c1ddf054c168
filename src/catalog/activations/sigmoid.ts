import { z } from 'zod';
import { type Expression, call, constant, input } from '../../ops/expression.js';
import { defineActivation } from '../activation.js';

/** `1 / (1 + exp(-x))`, computed as `(1 + tanh(x / 2)) / 2`, which overflows nowhere. */
export function logistic(x: Expression): Expression {
  const half = call('hyperbolic_tangent', call('multiply', x, constant(0.5)));
  return call('multiply', call('add', half, constant(1)), constant(0.5));
}

/** `1 / (1 + exp(-x))` */
export const sigmoid = defineActivation({
  type: 'sigmoid',
  summary: 'Logistic function: 1 / (1 + exp(-x)).',
  options: z.object({}),
  apply: (builder, x) => builder.map(logistic(input(0)), [x]),
});
