import { z } from 'zod';
import { defineMixing } from '../augmentation.js';
import { alphaOption, drawBeta } from '../beta.js';
import { pictureShape } from '../pictures.js';

/**
 * Puts a rectangle of another picture of the batch in the place of each picture's own (Yun et al., 2019), and mixes targets by the area of both.
 * Of a share s from Beta(alpha, alpha) the rectangle is sqrt(1 - s) of the height and the width; its middle is any pixel, and what of it
 * lies outside of the picture is left out. Training metrics count the class with the larger share.
 */
export const cutmix = defineMixing({
  type: 'cutmix',
  summary:
    'Puts a part of another picture of the batch into each, and mixes their targets; classes become probabilities. Training metrics count the likelier class.',
  changes: ['number'],
  afterTransforms: true,
  options: z.object({
    alpha: alphaOption(1),
  }),
  mix({ alpha }, field) {
    const { height, width, channels } = pictureShape('cutmix', field);
    return (values, other, random) => {
      const half = Math.sqrt(1 - drawBeta(alpha, random)) / 2;
      const [x, y] = [random.below(width), random.below(height)];
      const [right, down] = [Math.floor(half * width), Math.floor(half * height)];
      const [left, top] = [Math.max(0, x - right), Math.max(0, y - down)];
      const [end, bottom] = [Math.min(width, x + right), Math.min(height, y + down)];
      for (let row = top; row < bottom; row++) {
        const [start, after] = [(row * width + left) * channels, (row * width + end) * channels];
        values.set(other.subarray(start, after), start);
      }
      return 1 - ((end - left) * (bottom - top)) / (height * width);
    };
  },
});
