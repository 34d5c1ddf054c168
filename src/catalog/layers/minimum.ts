import { z } from 'zod';
import { defineLayer } from '../layer.js';
import { merge } from '../merge.js';

/** The smallest, element by element, of inputs of one shape. Where several are equal, the last of them has the gradient. */
export const minimum = defineLayer({
  type: 'minimum',
  summary: 'The smallest value, element by element, of two or more inputs of one shape.',
  options: z.object({}),
  inputs: { atLeast: 2 },
  masking: 'keep',
  build: (context, inputs) => merge('minimum', 'minimum', context, inputs),
});
