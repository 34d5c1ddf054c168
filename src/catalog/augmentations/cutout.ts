import { z } from 'zod';
import { UserError } from '../../errors.js';
import { defineAugmentation } from '../augmentation.js';
import { overwritePart } from '../picture-part.js';
import { pictureShape } from '../pictures.js';

/**
 * Covers squares of pictures (DeVries and Taylor, 2017). The middle of a square is any pixel, drawn uniformly, so that parts of it may lie outside
 * of the picture.
 */
export const cutout = defineAugmentation({
  type: 'cutout',
  summary: 'Covers squares of pictures.',
  changes: ['number'],
  options: z.object({
    size: z.int().positive().describe('Height and width of a square, in pixels.'),
    holes: z.int().positive().max(100).default(1).describe('How many squares are covered. They may overlap.'),
    fill: z.number().default(0).describe('What they are filled with, where bytes count as value / 255.'),
  }),
  create({ size, holes, fill }, field) {
    const picture = pictureShape('cutout', field);
    const { height, width } = picture;
    if (size >= Math.max(height, width)) {
      throw new UserError(`a square of ${size} pixels can cover the whole of a picture of ${height} × ${width}`, {
        hint: `take less than ${Math.max(height, width)}`,
        exit: 'usage',
      });
    }
    return (values, random) => {
      for (let hole = 0; hole < holes; hole++) {
        const [y, x] = [random.below(height) - (size >> 1), random.below(width) - (size >> 1)];
        const [top, left] = [Math.max(y, 0), Math.max(x, 0)];
        const [bottom, right] = [Math.min(y + size, height), Math.min(x + size, width)];
        overwritePart(values, picture, { top, left, height: bottom - top, width: right - left }, () => fill);
      }
    };
  },
});
