import { z } from 'zod';
import { keepdims } from '../fields.js';
import { imageShape } from '../input-shapes.js';
import { defineLayer } from '../layer.js';

/**
 * The largest value of each channel of an image: `[batch, height, width, channels]` to `[batch, channels]`. Equal largest values
 * share the gradient.
 */
export const globalMaxPool2d = defineLayer({
  type: 'global_max_pool2d',
  summary: 'The largest value of each channel over height and width.',
  options: z.object({ keepdims: keepdims() }),
  build({ builder }, [x], { keepdims }) {
    const [batch, , , channels] = imageShape('global_max_pool2d', builder.shapeOf(x!));
    const largest = builder.reduce('maximum', x!, [1, 2]);
    return keepdims ? largest : builder.reshape(largest, [batch, channels]);
  },
});
