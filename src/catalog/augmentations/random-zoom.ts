import { z } from 'zod';
import { affineAugmentation, inverseOf } from '../affine.js';
import { defineAugmentation } from '../augmentation.js';
import { fill, range } from '../pictures.js';

/** Enlarges pictures about their middle by a factor drawn uniformly from `scale`: below 1 they become smaller, and their edge is filled. */
export const randomZoom = defineAugmentation({
  type: 'random_zoom',
  summary: 'Makes pictures larger or smaller, about their middle.',
  changes: ['number', 'class'],
  options: z.object({
    scale: range(z.number().positive().max(100))
      .default([0.9, 1.1])
      .describe('The smallest and the largest factor; 2 shows the middle quarter.'),
    fill,
  }),
  create: ({ scale: [low, high], fill: filling }, field) =>
    affineAugmentation('random_zoom', field, filling, (random) => inverseOf({ scale: random.between(low, high) })),
});
