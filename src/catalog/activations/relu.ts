import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import { defineActivation } from '../activation.js';

/** `max(x, 0)`; the derivative at 0 is 0. Nair and Hinton, 2010. */
export const relu = defineActivation({
  type: 'relu',
  summary: 'Rectified linear unit: max(x, 0).',
  options: z.object({}),
  apply: (builder, x) => builder.map(call('maximum', input(0), constant(0)), [x]),
});
