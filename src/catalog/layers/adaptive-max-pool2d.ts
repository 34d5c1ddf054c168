import { z } from 'zod';
import { adaptivePool } from '../adaptive-pool.js';
import { pair } from '../fields.js';
import { imageShape } from '../input-shapes.js';
import { defineLayer } from '../layer.js';

/**
 * The largest values of bins as equal as can be: `[batch, height, width, channels]` to `[batch, output height, output width,
 * channels]`, whatever the size of the image. Bins as PyTorch cuts them: from floor(i * size / bins) to before
 * ceil((i + 1) * size / bins).
 */
export const adaptiveMaxPool2d = defineLayer({
  type: 'adaptive_max_pool2d',
  summary: 'The largest values of as many bins of each channel as wanted, whatever the size of the image.',
  options: z.object({ output_size: pair().describe('How many bins: one number, or [height, width].') }),
  build({ builder }, [x], { output_size }) {
    imageShape('adaptive_max_pool2d', builder.shapeOf(x!));
    return adaptivePool(builder, x!, output_size, {
      even: (poolSize, window) => ({ kind: 'max_pool2d', poolSize, window }),
      bin: (part, axis) => builder.reduce('maximum', part, [axis]),
    });
  },
});
