import { ShapeError, formatShape } from '../shape.js';
import type { OpDefinition } from './op.js';

export const transpose: OpDefinition<'transpose'> = {
  shape({ axes }, [x]) {
    const isPermutation = axes.length === x!.length && x!.every((_, axis) => axes.includes(axis));
    if (!isPermutation) throw new ShapeError(`${formatShape(axes)} is not an order of the axes of ${formatShape(x!)}`);
    return axes.map((axis) => x![axis]!);
  },
  operations: () => 0,
  gradient({ axes }, { builder, outputGradient }) {
    return [builder.add({ kind: 'transpose', axes: axes.map((_, axis) => axes.indexOf(axis)) }, [outputGradient])];
  },
};
