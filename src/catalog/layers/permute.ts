import { z } from 'zod';
import { ShapeError, formatShape } from '../../shape.js';
import { defineLayer } from '../layer.js';

/** Axis i of the output is axis `dims[i]` of the input; 1 is the first axis after the batch, which stays where it is. */
export const permute = defineLayer({
  type: 'permute',
  summary: 'The axes after the batch in another order.',
  options: z.object({
    dims: z
      .array(z.int().positive())
      .min(1)
      .refine((dims) => dims.every((_, i) => dims.includes(i + 1)), 'must have each of 1, 2, ... once')
      .describe('The axes of the input in their new order, 1 being the first after the batch.'),
  }),
  build({ builder }, [x], { dims }) {
    const [, ...rest] = builder.shapeOf(x!);
    if (rest.length !== dims.length) {
      throw new ShapeError(
        `dims: ${formatShape(dims)} orders ${dims.length} axes, but the input ${formatShape(rest)} has ${rest.length}`,
      );
    }
    return builder.transpose(x!, [0, ...dims]);
  },
});
