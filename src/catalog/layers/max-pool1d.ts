import { z } from 'zod';
import { padding } from '../fields.js';
import { sequenceShape } from '../input-shapes.js';
import { defineLayer } from '../layer.js';
import { maskOfPools, overTime, poolWindow1d } from '../over-time.js';

/**
 * The largest value of each window over time: `[batch, time, channels]` to `[batch, out time, channels]`.
 * Of an input with a mask those windows count that see no padded step.
 */
export const maxPool1d = defineLayer({
  type: 'max_pool1d',
  summary: 'The largest value of each window of steps of each channel.',
  options: z.object({
    pool_size: z.int().positive().default(2).describe('How many steps the window has.'),
    strides: z.int().positive().optional().describe('How far the window moves; by default as far as it is large.'),
    padding: padding(),
  }),
  masking: 'use',
  build({ builder, masks: [mask] }, [x], { pool_size, strides = pool_size, padding }) {
    const [, time] = sequenceShape('max_pool1d', builder.shapeOf(x!));
    const window = poolWindow1d(time, pool_size, { strides, padding });
    const y = overTime(builder, x!, (image) => builder.add({ kind: 'max_pool2d', poolSize: [1, pool_size], window }, [image]));
    return { output: y, mask: mask && maskOfPools(builder, mask, pool_size, window, builder.shapeOf(y)[1]!) };
  },
});
