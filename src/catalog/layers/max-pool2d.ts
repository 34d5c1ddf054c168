import { z } from 'zod';
import { padding, pair, window2d } from '../fields.js';
import { imageShape } from '../input-shapes.js';
import { defineLayer } from '../layer.js';

/** The largest value of each window: `[batch, height, width, channels]` to `[batch, out height, out width, channels]`. */
export const maxPool2d = defineLayer({
  type: 'max_pool2d',
  summary: 'The largest value of each window of each channel.',
  options: z.object({
    pool_size: pair().prefault([2, 2]).describe('The window: one number, or [height, width].'),
    strides: pair().optional().describe('How far the window moves; by default as far as it is large.'),
    padding: padding(),
  }),
  build({ builder }, [x], { pool_size, strides = pool_size, padding }) {
    const shape = imageShape('max_pool2d', builder.shapeOf(x!));
    return builder.add({ kind: 'max_pool2d', poolSize: pool_size, window: window2d(shape, pool_size, { strides, padding }) }, [
      x!,
    ]);
  },
});
