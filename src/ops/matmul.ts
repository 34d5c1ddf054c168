import { ShapeError, formatShape, sameShape, size } from '../shape.js';
import type { OpDefinition, TensorId } from './op.js';

export const matmul: OpDefinition<'matmul'> = {
  shape({ transposeA, transposeB }, [a, b]) {
    if (a!.length < 2 || a!.length !== b!.length) {
      throw new ShapeError(`a matrix product needs two matrices, not ${formatShape(a!)} and ${formatShape(b!)}`);
    }
    const [m, k] = lastTwo(a!, transposeA);
    const [k2, n] = lastTwo(b!, transposeB);
    if (k !== k2 || !sameShape(a!.slice(0, -2), b!.slice(0, -2))) {
      throw new ShapeError(`matrices ${formatShape(a!)} and ${formatShape(b!)} cannot be multiplied`);
    }
    return [...a!.slice(0, -2), m, n];
  },
  operations: ({ transposeA }, [a], output) => 2 * size(output) * lastTwo(a!, transposeA)[1],
  gradient({ transposeA, transposeB }, { builder, inputs, outputGradient, wanted }) {
    const [a, b] = inputs as [TensorId, TensorId];
    const product = (x: TensorId, y: TensorId, tx: boolean, ty: boolean): TensorId =>
      builder.add({ kind: 'matmul', transposeA: tx, transposeB: ty }, [x, y]);
    return [
      wanted[0]
        ? transposeA
          ? product(b, outputGradient, transposeB, true)
          : product(outputGradient, b, false, !transposeB)
        : undefined,
      wanted[1]
        ? transposeB
          ? product(outputGradient, a, true, transposeA)
          : product(a, outputGradient, !transposeA, false)
        : undefined,
    ];
  },
};

function lastTwo(shape: readonly number[], transposed: boolean): [number, number] {
  const [rows, columns] = [shape[shape.length - 2]!, shape[shape.length - 1]!];
  return transposed ? [columns, rows] : [rows, columns];
}
