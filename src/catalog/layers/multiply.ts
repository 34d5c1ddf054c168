import { z } from 'zod';
import { defineLayer } from '../layer.js';
import { merge } from '../merge.js';

/** The product, element by element, of inputs of one shape: a gate. */
export const multiply = defineLayer({
  type: 'multiply',
  summary: 'The product, element by element, of two or more inputs of one shape.',
  options: z.object({}),
  inputs: { atLeast: 2 },
  masking: 'keep',
  build: (context, inputs) => merge('multiply', 'multiply', context, inputs),
});
