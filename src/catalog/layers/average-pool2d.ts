import { z } from 'zod';
import { countIncludePad, padding, pair, window2d } from '../fields.js';
import { imageShape } from '../input-shapes.js';
import { defineLayer } from '../layer.js';

/** The mean of each window: `[batch, height, width, channels]` to `[batch, out height, out width, channels]`. */
export const averagePool2d = defineLayer({
  type: 'average_pool2d',
  summary: 'The mean of each window of each channel.',
  options: z.object({
    pool_size: pair().prefault([2, 2]).describe('The window: one number, or [height, width].'),
    strides: pair().optional().describe('How far the window moves; by default as far as it is large.'),
    padding: padding(),
    count_include_pad: countIncludePad(),
  }),
  build({ builder }, [x], { pool_size, strides = pool_size, padding, count_include_pad }) {
    const shape = imageShape('average_pool2d', builder.shapeOf(x!));
    const window = window2d(shape, pool_size, { strides, padding });
    return builder.add({ kind: 'average_pool2d', poolSize: pool_size, window, countPadding: count_include_pad }, [x!]);
  },
});
