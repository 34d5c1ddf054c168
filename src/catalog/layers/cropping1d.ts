import { z } from 'zod';
import { ShapeError } from '../../shape.js';
import { ends } from '../fields.js';
import { sequenceShape } from '../input-shapes.js';
import { defineLayer } from '../layer.js';

/** Without the first and the last steps: `[batch, time, channels]` to `[batch, time - before - after, channels]`. */
export const cropping1d = defineLayer({
  type: 'cropping1d',
  summary: 'Cuts steps off both ends of [time, channels].',
  options: z.object({ cropping: ends().describe('How many steps: one number for both ends, or [before, after].') }),
  build({ builder }, [x], { cropping: [before, after] }) {
    const [, time] = sequenceShape('cropping1d', builder.shapeOf(x!));
    if (before + after >= time) throw new ShapeError(`cropping ${before} and ${after} of ${time} steps leaves none`);
    return builder.slice(x!, 1, before, time - before - after);
  },
});
