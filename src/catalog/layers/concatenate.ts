import { z } from 'zod';
import { ShapeError, formatShape } from '../../shape.js';
import { defineLayer } from '../layer.js';

/**
 * The inputs one after the other along an axis, along which alone they may differ. Axes count from the batch, which is 0, or from
 * the end, whose last is -1. A mask holds for the output unless the steps of time themselves are joined.
 */
export const concatenate = defineLayer({
  type: 'concatenate',
  summary: 'Two or more inputs one after the other along an axis.',
  options: z.object({
    axis: z
      .int()
      .refine((axis) => axis !== 0, 'must not be 0, which is the batch')
      .default(-1)
      .describe('The axis: 1 is the first after the batch, -1 the last.'),
  }),
  inputs: { atLeast: 2 },
  masking: 'use',
  build({ builder, masks }, inputs, { axis }) {
    const shapes = inputs.map((id) => builder.shapeOf(id));
    const rank = shapes[0]!.length;
    const along = axis < 0 ? rank + axis : axis;
    if (along < 1 || along >= rank) {
      throw new ShapeError(`axis: ${axis} is none of the axes 1 to ${rank - 1} after the batch of ${formatShape(shapes[0]!)}`);
    }
    const fits = shapes.every((shape) => shape.length === rank && shape.every((n, i) => i === along || n === shapes[0]![i]));
    if (!fits) {
      throw new ShapeError(
        `concatenate needs inputs alike along all axes but ${along}, not ${shapes.map(formatShape).join(' and ')}`,
      );
    }
    const mask = masks.find((one) => one !== undefined);
    if (mask !== undefined && along === 1) throw new ShapeError('inputs with padded steps cannot be joined along time');
    return { output: builder.concatenate(inputs, along), mask };
  },
});
