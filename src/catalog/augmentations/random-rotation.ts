import { z } from 'zod';
import { affineAugmentation, fill } from '../affine.js';
import { defineAugmentation } from '../augmentation.js';

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
    affineAugmentation('random_rotation', field, filling, (random) => {
      const angle = (random.between(-degrees, degrees) * Math.PI) / 180;
      const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
      return [cosine, sine, 0, -sine, cosine, 0];
    }),
});
