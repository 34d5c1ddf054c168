import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import type { TensorId } from '../../ops/op.js';
import { keepdims } from '../fields.js';
import { sequenceShape } from '../input-shapes.js';
import { defineLayer } from '../layer.js';

/** Less than any value that a network should have, and a float32 still. */
const lowest = -3e38;

/**
 * The largest value of each channel over time: `[batch, time, channels]` to `[batch, channels]`. Equal largest values share the
 * gradient. Of an input with a mask only the steps that count are looked at; without any the result is 0.
 */
export const globalMaxPool1d = defineLayer({
  type: 'global_max_pool1d',
  summary: 'The largest value of each channel over time.',
  options: z.object({ keepdims: keepdims() }),
  masking: 'use',
  build({ builder, masks: [mask] }, [x], { keepdims }) {
    const [batch, time, channels] = sequenceShape('global_max_pool1d', builder.shapeOf(x!));
    const largest = (): TensorId => {
      if (mask === undefined) return builder.reduce('maximum', x!, [1]);
      const counts = builder.reshape(mask, [batch, time, 1]);
      const counted = builder.map(call('select', input(1), input(0), constant(lowest)), [x!, counts]);
      const any = builder.reduce('maximum', counts, [1]);
      return builder.map(call('select', input(1), input(0), constant(0)), [builder.reduce('maximum', counted, [1]), any]);
    };
    return keepdims ? largest() : builder.reshape(largest(), [batch, channels]);
  },
});
