import { z } from 'zod';
import { call, input } from '../../ops/expression.js';
import { defineActivation } from '../activation.js';

/** `1 / (1 + exp(-x))` */
export const sigmoid = defineActivation({
  type: 'sigmoid',
  summary: 'Logistic function: 1 / (1 + exp(-x)).',
  options: z.object({}),
  apply: (builder, x) => builder.map(call('sigmoid', input(0)), [x]),
});
