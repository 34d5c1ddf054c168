import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import { adaptivePool } from '../adaptive-pool.js';
import { pair } from '../fields.js';
import { imageShape } from '../input-shapes.js';
import { defineLayer } from '../layer.js';

/**
 * The means of bins as equal as can be: `[batch, height, width, channels]` to `[batch, output height, output width, channels]`,
 * whatever the size of the image. Bins as PyTorch cuts them: from floor(i * size / bins) to before ceil((i + 1) * size / bins).
 */
export const adaptiveAveragePool2d = defineLayer({
  type: 'adaptive_average_pool2d',
  summary: 'The means of as many bins of each channel as wanted, whatever the size of the image.',
  options: z.object({ output_size: pair().describe('How many bins: one number, or [height, width].') }),
  build({ builder }, [x], { output_size }) {
    imageShape('adaptive_average_pool2d', builder.shapeOf(x!));
    return adaptivePool(builder, x!, output_size, {
      even: (poolSize, window) => ({ kind: 'average_pool2d', poolSize, window, countPadding: false }),
      bin(part, axis) {
        const share = constant(1 / builder.shapeOf(part)[axis]!);
        return builder.map(call('multiply', input(0), share), [builder.reduce('sum', part, [axis])]);
      },
    });
  },
});
