import { z } from 'zod';
import { call, input } from '../../ops/expression.js';
import { defineActivation } from '../activation.js';

/** `tanh(x)` */
export const tanh = defineActivation({
  type: 'tanh',
  summary: 'Hyperbolic tangent.',
  options: z.object({}),
  apply: (builder, x) => builder.map(call('hyperbolic_tangent', input(0)), [x]),
});
