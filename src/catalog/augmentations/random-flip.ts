import { z } from 'zod';
import { defineAugmentation } from '../augmentation.js';
import { pickPixels, pictureShape } from '../pictures.js';

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
  create({ mode }, field) {
    const picture = pictureShape('random_flip', field);
    const { height, width, channels } = picture;
    const before = new Float32Array(height * width * channels);
    const [rows, columns] = [ways(height), ways(width)];
    return (values, random) => {
      const isMirrored = mode !== 'vertical' && random.uniform() < 0.5;
      const isUpsideDown = mode !== 'horizontal' && random.uniform() < 0.5;
      if (!isMirrored && !isUpsideDown) return;
      before.set(values);
      pickPixels(before, picture, rows[+isUpsideDown]!, columns[+isMirrored]!, 0, values);
    };
  },
});

/** The places along an axis, forwards and backwards. */
function ways(length: number): Int32Array[] {
  const forwards = Int32Array.from({ length }, (_, i) => i);
  return [forwards, forwards.toReversed()];
}
