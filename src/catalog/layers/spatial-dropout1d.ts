import { z } from 'zod';
import { drop } from '../drop.js';
import { sequenceShape } from '../input-shapes.js';
import { defineLayer } from '../layer.js';

/**
 * Dropout of whole channels of `[batch, time, channels]`: each is kept in all steps of a record, or in none (Tompson et al., Efficient
 * Object Localization Using Convolutional Networks, 2015).
 */
export const spatialDropout1d = defineLayer({
  type: 'spatial_dropout1d',
  summary: 'Sets whole channels of [time, channels] to 0 while training.',
  options: z.object({ rate: z.number().min(0).lt(1).describe('The part of the channels that is dropped.') }),
  masking: 'keep',
  build(context, [x], { rate }) {
    const [batch, , channels] = sequenceShape('spatial_dropout1d', context.builder.shapeOf(x!));
    return drop(context, x!, rate, { shape: [batch, 1, channels] });
  },
});
