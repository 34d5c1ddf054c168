import { z } from 'zod';
import { affineAugmentation } from '../affine.js';
import { defineAugmentation } from '../augmentation.js';

/** Mirrors pictures: left and right, up and down, or both, each with probability 1/2. */
export const randomFlip = defineAugmentation({
  type: 'random_flip',
  summary: 'Mirrors half of the pictures.',
  changes: ['number', 'class'],
  options: z.object({
    mode: z
      .enum(['horizontal', 'vertical', 'both'])
      .default('horizontal')
      .describe('horizontal: left and right; vertical: up and down; both: each of them by itself.'),
  }),
  create: ({ mode }, field) =>
    affineAugmentation('random_flip', field, 'nearest', (random) => {
      const x = mode !== 'vertical' && random.uniform() < 0.5 ? -1 : 1;
      const y = mode !== 'horizontal' && random.uniform() < 0.5 ? -1 : 1;
      return [x, 0, 0, 0, y, 0];
    }),
});
