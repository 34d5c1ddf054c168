import { z } from 'zod';
import { affineAugmentation, inverseOf } from '../affine.js';
import { defineAugmentation } from '../augmentation.js';
import { fill } from '../pictures.js';

const degrees = z.number().min(0).max(89);

/**
 * Slants pictures by angles drawn uniformly from -x … x and -y … y degrees: a pixel moves along its row by the tangent of the angle times its
 * distance from the middle row, and so along its column.
 */
export const randomShear = defineAugmentation({
  type: 'random_shear',
  summary: 'Slants pictures.',
  changes: ['number', 'class'],
  options: z.object({
    x: degrees.default(10).describe('The largest angle, in degrees, by which columns are slanted.'),
    y: degrees.default(0).describe('The largest angle by which rows are slanted.'),
    fill,
  }),
  create: ({ x, y, fill: filling }, field) =>
    affineAugmentation('random_shear', field, filling, (random) =>
      inverseOf({ shearX: (random.between(-x, x) * Math.PI) / 180, shearY: (random.between(-y, y) * Math.PI) / 180 }),
    ),
});
