import { z } from 'zod';
import { ends } from '../fields.js';
import { sequenceShape } from '../input-shapes.js';
import { defineLayer } from '../layer.js';

/** Zeros before and after the steps: `[batch, time, channels]` to `[batch, before + time + after, channels]`. */
export const zeroPadding1d = defineLayer({
  type: 'zero_padding1d',
  summary: 'Steps of zeros before and after [time, channels].',
  options: z.object({ padding: ends().prefault(1).describe('How many steps: one number for both ends, or [before, after].') }),
  build({ builder }, [x], { padding: [before, after] }) {
    sequenceShape('zero_padding1d', builder.shapeOf(x!));
    return builder.pad(x!, [0, before, 0], [0, after, 0]);
  },
});
