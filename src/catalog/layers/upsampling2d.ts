import { z } from 'zod';
import { axisIndex, call, constant, input } from '../../ops/expression.js';
import { pair } from '../fields.js';
import { imageShape } from '../input-shapes.js';
import { defineLayer } from '../layer.js';
import { resampleImage } from '../resample.js';

/**
 * Larger images: `[batch, height, width, channels]` to `[batch, size * height, size * width, channels]`. Nearest repeats every
 * pixel. Bilinear takes pixels for squares, as PyTorch does without `align_corners`: the middle of pixel i of the output lies at
 * (i + 0.5) / size - 0.5 of the input, and what is beyond its first and last pixel is as they are.
 */
export const upsampling2d = defineLayer({
  type: 'upsampling2d',
  summary: 'Enlarges [height, width, channels] by whole numbers.',
  options: z.object({
    size: pair().prefault(2).describe('How many times as large: one number, or [height, width].'),
    interpolation: z.enum(['nearest', 'bilinear']).default('nearest').describe('What is between the pixels.'),
  }),
  build({ builder }, [x], { size, interpolation }) {
    const [batch, height, width, channels] = imageShape('upsampling2d', builder.shapeOf(x!));
    const enlarged = [height * size[0], width * size[1]] as const;
    if (interpolation === 'nearest') {
      const pixels = builder.reshape(x!, [batch, height, 1, width, 1, channels]);
      const repeated = builder.map(input(0), [pixels], [batch, height, size[0], width, size[1], channels]);
      return builder.reshape(repeated, [batch, ...enlarged, channels]);
    }
    return resampleImage(builder, x!, enlarged, (to, from) => {
      const middle = call('multiply', call('add', axisIndex(1), constant(0.5)), constant(from / to));
      const source = call('minimum', call('maximum', call('subtract', middle, constant(0.5)), constant(0)), constant(from - 1));
      const distance = call('absolute', call('subtract', source, axisIndex(2)));
      return call('maximum', call('subtract', constant(1), distance), constant(0));
    });
  },
});
