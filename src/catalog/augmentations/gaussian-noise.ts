import { z } from 'zod';
import { defineAugmentation } from '../augmentation.js';

/**
 * Adds normal numbers to records, after the transforms: `x + std n`. The layer of the same name does it within a model, in every step anew,
 * to what its input is there.
 */
export const gaussianNoise = defineAugmentation({
  type: 'gaussian_noise',
  summary: 'Adds normally distributed noise to records, after the transforms.',
  changes: ['number'],
  afterTransforms: true,
  options: z.object({ std: z.number().positive().default(0.1).describe('The standard deviation of what is added.') }),
  create:
    ({ std }) =>
    (values, random) => {
      for (let i = 0; i < values.length; i++) values[i] = values[i]! + std * random.normal();
    },
});
