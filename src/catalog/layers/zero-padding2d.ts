import { z } from 'zod';
import { sides } from '../fields.js';
import { imageShape } from '../input-shapes.js';
import { defineLayer } from '../layer.js';

/** Zeros around images: `[batch, height, width, channels]` to `[batch, top + height + bottom, left + width + right, channels]`. */
export const zeroPadding2d = defineLayer({
  type: 'zero_padding2d',
  summary: 'Rows and columns of zeros around [height, width, channels].',
  options: z.object({
    padding: sides()
      .prefault(1)
      .describe('How many: one number for all sides, [height, width], or [[top, bottom], [left, right]].'),
  }),
  build({ builder }, [x], { padding: [[top, bottom], [left, right]] }) {
    imageShape('zero_padding2d', builder.shapeOf(x!));
    return builder.pad(x!, [0, top, left, 0], [0, bottom, right, 0]);
  },
});
