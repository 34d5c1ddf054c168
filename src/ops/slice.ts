import { ShapeError, formatShape } from '../shape.js';
import type { OpDefinition } from './op.js';

export const slice: OpDefinition<'slice'> = {
  shape({ starts, shape }, [x]) {
    const fits =
      starts.length === x!.length &&
      shape.length === x!.length &&
      x!.every((length, axis) => starts[axis]! >= 0 && shape[axis]! >= 1 && starts[axis]! + shape[axis]! <= length);
    if (!fits) throw new ShapeError(`${formatShape(x!)} has no part ${formatShape(shape)} at ${formatShape(starts)}`);
    return shape;
  },
  operations: () => 0,
  gradient({ starts, shape }, { builder, inputs, outputGradient }) {
    const whole = builder.shapeOf(inputs[0]!);
    const after = whole.map((length, axis) => length - starts[axis]! - shape[axis]!);
    return [builder.add({ kind: 'pad', before: starts, after }, [outputGradient])];
  },
};

export const pad: OpDefinition<'pad'> = {
  shape({ before, after }, [x]) {
    if (before.length !== x!.length || after.length !== x!.length || [...before, ...after].some((count) => count < 0)) {
      throw new ShapeError(`${formatShape(x!)} cannot be padded by ${formatShape(before)} and ${formatShape(after)}`);
    }
    return x!.map((length, axis) => before[axis]! + length + after[axis]!);
  },
  operations: () => 0,
  gradient({ before }, { builder, inputs, outputGradient }) {
    return [builder.add({ kind: 'slice', starts: before, shape: builder.shapeOf(inputs[0]!) }, [outputGradient])];
  },
};
