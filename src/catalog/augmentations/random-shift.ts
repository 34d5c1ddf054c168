import { z } from 'zod';
import { affineAugmentation, inverseOf } from '../affine.js';
import { defineAugmentation } from '../augmentation.js';
import { fill } from '../pictures.js';

const part = z.number().min(0).max(1).default(0.1);

/** Moves pictures by distances drawn uniformly from -part … part of their height and width. */
export const randomShift = defineAugmentation({
  type: 'random_shift',
  summary: 'Moves pictures up or down and to the left or right.',
  changes: ['number', 'class'],
  options: z.object({
    height: part.describe('How far up or down at most, as a part of the height.'),
    width: part.describe('How far to the left or right at most, as a part of the width.'),
    fill,
  }),
  create: ({ height, width, fill: filling }, field) => {
    const [rows = 0, columns = 0] = field.shape;
    return affineAugmentation('random_shift', field, filling, (random) => {
      const [x, y] = [random.between(-width, width) * columns, random.between(-height, height) * rows];
      return inverseOf({ x, y });
    });
  },
});
