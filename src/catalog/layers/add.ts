import { z } from 'zod';
import { defineLayer } from '../layer.js';
import { merge } from '../merge.js';

/** The sum of inputs of one shape: what closes a residual connection. */
export const add = defineLayer({
  type: 'add',
  summary: 'The sum of two or more inputs of one shape.',
  options: z.object({}),
  inputs: { atLeast: 2 },
  masking: 'keep',
  build: (context, inputs) => merge('add', 'add', context, inputs),
});
