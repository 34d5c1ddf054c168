import { ShapeError, formatShape } from '../shape.js';
import type { OpDefinition } from './op.js';

export const concatenate: OpDefinition<'concatenate'> = {
  shape({ axis }, inputs) {
    const first = inputs[0]!;
    const fits = inputs.every(
      (shape) => axis < shape.length && shape.length === first.length && shape.every((n, i) => i === axis || n === first[i]),
    );
    if (!fits) throw new ShapeError(`${inputs.map(formatShape).join(' and ')} cannot be joined along axis ${axis}`);
    return first.map((length, i) => (i === axis ? inputs.reduce((sum, shape) => sum + shape[axis]!, 0) : length));
  },
  operations: () => 0,
  gradient({ axis }, { builder, inputs, outputGradient, wanted }) {
    let start = 0;
    return inputs.map((id, i) => {
      const shape = builder.shapeOf(id);
      const starts = shape.map((_, along) => (along === axis ? start : 0));
      start += shape[axis]!;
      return wanted[i] ? builder.add({ kind: 'slice', starts, shape }, [outputGradient]) : undefined;
    });
  },
};
