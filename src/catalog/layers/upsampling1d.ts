import { z } from 'zod';
import { input } from '../../ops/expression.js';
import { sequenceShape } from '../input-shapes.js';
import { defineLayer } from '../layer.js';

/** Every step several times in a row: `[batch, time, channels]` to `[batch, size * time, channels]`. */
export const upsampling1d = defineLayer({
  type: 'upsampling1d',
  summary: 'Repeats every step of [time, channels].',
  options: z.object({ size: z.int().positive().default(2).describe('How many times.') }),
  build({ builder }, [x], { size }) {
    const [batch, time, channels] = sequenceShape('upsampling1d', builder.shapeOf(x!));
    const steps = builder.reshape(x!, [batch, time, 1, channels]);
    return builder.reshape(builder.map(input(0), [steps], [batch, time, size, channels]), [batch, time * size, channels]);
  },
});
