import { z } from 'zod';
import { ShapeError } from '../../shape.js';
import { defineLayer } from '../layer.js';
import { merge } from '../merge.js';

/** The first of two inputs of one shape less the second. */
export const subtract = defineLayer({
  type: 'subtract',
  summary: 'The first of two inputs of one shape less the second.',
  options: z.object({}),
  inputs: { atLeast: 2 },
  masking: 'keep',
  build(context, inputs) {
    if (inputs.length !== 2) throw new ShapeError(`subtract takes two inputs, not ${inputs.length}`);
    return merge('subtract', 'subtract', context, inputs);
  },
});
