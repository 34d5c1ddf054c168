import { call, input } from '../ops/expression.js';
import type { TensorId } from '../ops/op.js';
import type { PrimitiveName } from '../ops/primitives.js';
import type { ProgramBuilder } from '../program/builder.js';
import { ShapeError, formatShape, sameShape } from '../shape.js';

/** Inputs of one shape under a scalar function of two, from the first to the last. Throws `ShapeError` where shapes differ. */
export function merge(
  type: string,
  combine: PrimitiveName,
  { builder }: { readonly builder: ProgramBuilder },
  inputs: readonly TensorId[],
): TensorId {
  const shapes = inputs.map((id) => builder.shapeOf(id));
  if (!shapes.every((shape) => sameShape(shape, shapes[0]!))) {
    throw new ShapeError(`${type} needs inputs of one shape, not ${shapes.map(formatShape).join(' and ')}`);
  }
  return inputs.reduce((result, id) => builder.map(call(combine, input(0), input(1)), [result, id]));
}
