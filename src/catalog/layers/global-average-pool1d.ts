import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import type { TensorId } from '../../ops/op.js';
import { keepdims } from '../fields.js';
import { sequenceShape } from '../input-shapes.js';
import { defineLayer } from '../layer.js';

/**
 * The mean of each channel over time: `[batch, time, channels]` to `[batch, channels]`. Of an input with a mask only the steps that
 * count are averaged; without any the mean is 0.
 */
export const globalAveragePool1d = defineLayer({
  type: 'global_average_pool1d',
  summary: 'The mean of each channel over time.',
  options: z.object({ keepdims: keepdims() }),
  masking: 'use',
  build({ builder, masks: [mask] }, [x], { keepdims }) {
    const [batch, time, channels] = sequenceShape('global_average_pool1d', builder.shapeOf(x!));
    const mean = (): TensorId => {
      if (mask === undefined) {
        return builder.map(call('multiply', input(0), constant(1 / time)), [builder.reduce('sum', x!, [1])]);
      }
      const counts = builder.reshape(mask, [batch, time, 1]);
      const sum = builder.reduce('sum', builder.map(call('multiply', input(0), input(1)), [x!, counts]), [1]);
      const share = call('divide', input(0), call('maximum', input(1), constant(1)));
      return builder.map(share, [sum, builder.reduce('sum', counts, [1])]);
    };
    return keepdims ? mean() : builder.reshape(mean(), [batch, channels]);
  },
});
