import { z } from 'zod';
import { defineAugmentation } from '../augmentation.js';
import { pictureShape } from '../pictures.js';

/** `1 - x` for pictures with values of 0 to 1: what was black becomes white. */
export const randomInvert = defineAugmentation({
  type: 'random_invert',
  summary: 'Turns pictures into their negatives.',
  changes: ['number'],
  options: z.object({ probability: z.number().gt(0).max(1).default(0.5).describe('Of how many records, on average.') }),
  create(_, field) {
    pictureShape('random_invert', field);
    return (values) => {
      for (let i = 0; i < values.length; i++) values[i] = 1 - values[i]!;
    };
  },
});
