import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import { keepdims } from '../fields.js';
import { imageShape } from '../input-shapes.js';
import { defineLayer } from '../layer.js';

/** The mean of each channel of an image: `[batch, height, width, channels]` to `[batch, channels]`. */
export const globalAveragePool2d = defineLayer({
  type: 'global_average_pool2d',
  summary: 'The mean of each channel over height and width.',
  options: z.object({ keepdims: keepdims() }),
  build({ builder }, [x], { keepdims }) {
    const [batch, height, width, channels] = imageShape('global_average_pool2d', builder.shapeOf(x!));
    const sum = builder.reduce('sum', x!, [1, 2]);
    const mean = builder.map(call('multiply', input(0), constant(1 / (height * width))), [sum]);
    return keepdims ? mean : builder.reshape(mean, [batch, channels]);
  },
});
