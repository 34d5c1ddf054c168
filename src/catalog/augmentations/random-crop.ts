import { z } from 'zod';
import { UserError } from '../../errors.js';
import { defineAugmentation } from '../augmentation.js';
import { fillFor, pickPixels, pictureShape } from '../pictures.js';

const pixels = z.int().nonnegative();

/**
 * Pads pictures on all sides and cuts a picture of the old size out of them, at a place drawn uniformly: a move by whole pixels (He et al., 2015,
 * section 4.2, with padding 4 for pictures of 32 x 32). As RandomCrop of torchvision for the size that pictures have.
 */
export const randomCrop = defineAugmentation({
  type: 'random_crop',
  summary: 'Pads pictures and cuts their old size out of them, anywhere.',
  changes: ['number', 'class'],
  options: z
    .object({
      padding: z
        .union([pixels, z.tuple([pixels, pixels])])
        .default(4)
        .describe('Pixels on each side, or those above and below, and those to the left and right.'),
      mode: z
        .enum(['constant', 'reflect', 'edge'])
        .default('constant')
        .describe('constant: `fill`; reflect: the picture mirrored at its outermost pixels; edge: the pixel at the edge.'),
      fill: z.number().default(0).describe('The value of padding in mode constant, where bytes count as value / 255.'),
    })
    .refine(({ padding }) => [padding].flat().some((side) => side > 0), 'changes nothing: set padding'),
  create({ padding, mode, fill }, field) {
    const picture = pictureShape('random_crop', field);
    const { height, width, channels } = picture;
    const [high, wide] = typeof padding === 'number' ? [padding, padding] : padding;
    if (mode === 'reflect' && (high >= height || wide >= width)) {
      throw new UserError(`a picture of ${height} × ${width} cannot be mirrored over ${high} and ${wide} pixels of padding`, {
        hint: `take less than ${Math.min(height, width)}, or mode: edge`,
        exit: 'usage',
      });
    }
    if (high > height || wide > width) {
      throw new UserError(`padding of ${high} and ${wide} pixels can leave nothing of a picture of ${height} × ${width}`, {
        hint: `take at most ${high > height ? height : width}`,
        exit: 'usage',
      });
    }
    const filling = fillFor('random_crop', field, fill) as number;
    const before = new Float32Array(height * width * channels);
    const [rows, columns] = [new Int32Array(height), new Int32Array(width)];
    return (values, random) => {
      placesFrom(random.below(2 * high + 1) - high, mode, rows);
      placesFrom(random.below(2 * wide + 1) - wide, mode, columns);
      before.set(values);
      pickPixels(before, picture, rows, columns, filling, values);
    };
  },
});

/** Where the pixels along an axis come from, the first of them at `start`; -1 for those beyond the edge. */
function placesFrom(start: number, mode: 'constant' | 'reflect' | 'edge', places: Int32Array): void {
  const last = places.length - 1;
  for (let i = 0; i <= last; i++) {
    const place = start + i;
    if (place >= 0 && place <= last) places[i] = place;
    else if (mode === 'constant') places[i] = -1;
    else if (mode === 'edge') places[i] = place < 0 ? 0 : last;
    else places[i] = place < 0 ? -place : 2 * last - place;
  }
}
