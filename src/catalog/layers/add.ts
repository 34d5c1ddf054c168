import { z } from 'zod';
import { call, input } from '../../ops/expression.js';
import { ShapeError, formatShape, sameShape } from '../../shape.js';
import { defineLayer } from '../layer.js';

/** The sum of inputs of one shape: what closes a residual connection. */
export const add = defineLayer({
  type: 'add',
  summary: 'The sum of two or more inputs of one shape.',
  options: z.object({}),
  inputs: { atLeast: 2 },
  masking: 'keep',
  build({ builder }, inputs) {
    const shapes = inputs.map((id) => builder.shapeOf(id));
    if (!shapes.every((shape) => sameShape(shape, shapes[0]!))) {
      throw new ShapeError(`add needs inputs of one shape, not ${shapes.map(formatShape).join(' and ')}`);
    }
    return inputs.reduce((sum, id) => builder.map(call('add', input(0), input(1)), [sum, id]));
  },
});
