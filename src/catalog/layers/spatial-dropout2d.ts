import { z } from 'zod';
import { drop } from '../drop.js';
import { imageShape } from '../input-shapes.js';
import { defineLayer } from '../layer.js';

/**
 * Dropout of whole channels of `[batch, height, width, channels]`: each is kept all over an image, or nowhere (Tompson et al.,
 * Efficient Object Localization Using Convolutional Networks, 2015). PyTorch calls it Dropout2d.
 */
export const spatialDropout2d = defineLayer({
  type: 'spatial_dropout2d',
  summary: 'Sets whole channels of [height, width, channels] to 0 while training.',
  options: z.object({ rate: z.number().min(0).lt(1).describe('The part of the channels that is dropped.') }),
  build(context, [x], { rate }) {
    const [batch, , , channels] = imageShape('spatial_dropout2d', context.builder.shapeOf(x!));
    return drop(context, x!, rate, { shape: [batch, 1, 1, channels] });
  },
});
