import { z } from 'zod';
import { ShapeError, formatShape, size } from '../../shape.js';
import { defineLayer } from '../layer.js';

/** `[batch, ...]` to `[batch, ...target_shape]` with the same elements in the same order, the last axis running fastest. */
export const reshape = defineLayer({
  type: 'reshape',
  summary: 'The same elements under another shape.',
  options: z.object({
    target_shape: z
      .array(z.union([z.int().positive(), z.literal(-1)]))
      .min(1)
      .refine((shape) => shape.filter((length) => length === -1).length < 2, 'can have one -1 only')
      .describe('The shape without the batch; one length may be -1, which is what is left.'),
  }),
  build({ builder }, [x], { target_shape }) {
    const [batch, ...rest] = builder.shapeOf(x!);
    const count = size(rest);
    const known = size(target_shape.filter((length) => length !== -1));
    const isOpen = target_shape.includes(-1);
    if (isOpen ? count % known !== 0 : count !== known) {
      const has = `an input ${formatShape(rest)} has ${count} elements`;
      throw new ShapeError(
        `target_shape: ${formatShape(target_shape)} needs ${isOpen ? 'a multiple of ' : ''}${known}, but ${has}`,
      );
    }
    return builder.reshape(x!, [batch!, ...target_shape.map((length) => (length === -1 ? count / known : length))]);
  },
});
