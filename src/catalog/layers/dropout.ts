import { z } from 'zod';
import { drop } from '../drop.js';
import { defineLayer } from '../layer.js';

/**
 * In training every element is kept with probability 1 - rate and divided by it, else 0 (Srivastava et al., 2014, inverted);
 * in evaluation everything passes. The mask is a function of (seed, layer, step, element).
 */
export const dropout = defineLayer({
  type: 'dropout',
  summary: 'Sets a random part of its input to 0 while training.',
  options: z.object({ rate: z.number().min(0).lt(1).describe('The part that is dropped.') }),
  masking: 'keep',
  build: (context, [x], { rate }) => drop(context, x!, rate),
});
