import { divide, multiply, square, squareRoot } from '../catalog/optimizer-fields.js';
import type { Constraint } from '../catalog/weight-options.js';
import { call, constant, input } from '../ops/expression.js';
import type { TensorId } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';

/** The axes of one norm of a parameter of so many axes: all but the last, and of a vector all. */
export const normAxes = ({ axis }: Constraint, rank: number): readonly number[] =>
  axis ?? Array.from({ length: Math.max(1, rank - 1) }, (_, i) => i);

/** `p max_norm / |p|` where the norm `|p|` over the axes is larger than `max_norm`, else p. Srebro and Shraibman, 2005. */
export function constrained(builder: ProgramBuilder, parameter: TensorId, constraint: Constraint | undefined): TensorId {
  if (constraint === undefined) return parameter;
  const { max_norm } = constraint;
  const axes = normAxes(constraint, builder.shapeOf(parameter).length);
  const squares = builder.reduce('sum', builder.map(square(input(0)), [parameter]), axes);
  const norm = squareRoot(input(0));
  const shrink = call('select', call('greater', norm, constant(max_norm)), divide(constant(max_norm), norm), constant(1));
  return builder.map(multiply(input(0), input(1)), [parameter, builder.map(shrink, [squares])]);
}
