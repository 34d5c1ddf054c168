import { z } from 'zod';
import { call, input } from '../../ops/expression.js';
import { defineActivation } from '../activation.js';

/** `x * sigmoid(x)`, also known as swish. Elfwing, Uchibe and Doya, 2017; Ramachandran, Zoph and Le, 2017. */
export const silu = defineActivation({
  type: 'silu',
  summary: 'x * sigmoid(x), also known as swish.',
  options: z.object({}),
  apply: (builder, x) => builder.map(call('multiply', input(0), call('sigmoid', input(0))), [x]),
});
