import { ShapeError, formatShape, size } from '../shape.js';
import type { OpDefinition } from './op.js';

export const reshape: OpDefinition<'reshape'> = {
  shape({ shape }, [x]) {
    if (size(shape) !== size(x!)) throw new ShapeError(`${formatShape(x!)} cannot be reshaped to ${formatShape(shape)}`);
    return shape;
  },
  operations: () => 0,
  gradient: (_, { builder, inputs, outputGradient }) => [
    builder.add({ kind: 'reshape', shape: builder.shapeOf(inputs[0]!) }, [outputGradient]),
  ],
};
