import { z } from 'zod';
import { affineAugmentation, inverseOf } from '../affine.js';
import { defineAugmentation } from '../augmentation.js';
import { fill } from '../pictures.js';

/** Turns pictures about their middle by an angle drawn uniformly from -degrees … degrees. */
export const randomRotation = defineAugmentation({
  type: 'random_rotation',
  summary: 'Turns pictures about their middle, by up to `degrees` either way.',
  changes: ['number', 'class'],
  options: z.object({
    degrees: z.number().positive().max(180).default(10).describe('The largest angle.'),
    fill,
  }),
  create: ({ degrees, fill: filling }, field) =>
    affineAugmentation('random_rotation', field, filling, (random) =>
      inverseOf({ angle: (random.between(-degrees, degrees) * Math.PI) / 180 }),
    ),
});
