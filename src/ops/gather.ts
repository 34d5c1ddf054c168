import { ShapeError, formatShape, sameShape, size } from '../shape.js';
import type { OpDefinition } from './op.js';

export const gather: OpDefinition<'gather'> = {
  shape(_, [table, indices]) {
    if (table!.length !== 2) throw new ShapeError(`a table is [rows, width], not ${formatShape(table!)}`);
    return [...indices!, table![1]!];
  },
  operations: () => 0,
  gradient(_, { builder, inputs, outputGradient, wanted }) {
    const [table, indices] = inputs as [number, number];
    if (!wanted[0]) return [undefined, undefined];
    return [builder.add({ kind: 'scatter_add', rows: builder.shapeOf(table)[0]! }, [indices, outputGradient]), undefined];
  },
};

export const scatterAdd: OpDefinition<'scatter_add'> = {
  shape({ rows }, [indices, values]) {
    if (!sameShape(indices!, values!.slice(0, -1)) || values!.length === 0) {
      throw new ShapeError(`values ${formatShape(values!)} do not have a row for each index of ${formatShape(indices!)}`);
    }
    return [rows, values!.at(-1)!];
  },
  operations: (_, [, values]) => size(values!),
};
