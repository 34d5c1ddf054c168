import { z } from 'zod';
import { defineActivation } from '../activation.js';

/** `x` */
export const linear = defineActivation({
  type: 'linear',
  summary: 'No activation: x.',
  options: z.object({}),
  apply: (_builder, x) => x,
});
