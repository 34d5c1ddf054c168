import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import { defineActivation } from '../activation.js';

/** `1 / (1 + exp(-x))`, computed as `(1 + tanh(x / 2)) / 2`, which overflows nowhere. */
export const sigmoid = defineActivation({
  type: 'sigmoid',
  summary: 'Logistic function: 1 / (1 + exp(-x)).',
  options: z.object({}),
  apply(builder, x) {
    const half = call('hyperbolic_tangent', call('multiply', input(0), constant(0.5)));
    return builder.map(call('multiply', call('add', half, constant(1)), constant(0.5)), [x]);
  },
});
