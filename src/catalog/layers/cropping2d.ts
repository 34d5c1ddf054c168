import { z } from 'zod';
import { ShapeError } from '../../shape.js';
import { sides } from '../fields.js';
import { imageShape } from '../input-shapes.js';
import { defineLayer } from '../layer.js';

/** Images without their margins: `[batch, height, width, channels]` to `[batch, height - top - bottom, width - left - right, channels]`. */
export const cropping2d = defineLayer({
  type: 'cropping2d',
  summary: 'Cuts rows and columns off the sides of [height, width, channels].',
  options: z.object({
    cropping: sides().describe('How many: one number for all sides, [height, width], or [[top, bottom], [left, right]].'),
  }),
  build({ builder }, [x], { cropping: [[top, bottom], [left, right]] }) {
    const [batch, height, width, channels] = imageShape('cropping2d', builder.shapeOf(x!));
    if (top + bottom >= height) throw new ShapeError(`cropping ${top} and ${bottom} of ${height} rows leaves none`);
    if (left + right >= width) throw new ShapeError(`cropping ${left} and ${right} of ${width} columns leaves none`);
    const shape = [batch, height - top - bottom, width - left - right, channels];
    return builder.add({ kind: 'slice', starts: [0, top, left, 0], shape }, [x!]);
  },
});
