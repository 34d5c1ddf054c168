import type { Clip } from '../catalog/optimizer-keys.js';
import { add, divide, multiply, norm, square, squareRoot } from '../catalog/optimizer-fields.js';
import { call, constant, input } from '../ops/expression.js';
import type { TensorId } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';

/** What PyTorch adds to a norm before it divides by it. */
const tiny = 1e-6;

/** `gradient min(1, max / (length + 1e-6))` */
function scaled(builder: ProgramBuilder, gradient: TensorId, length: TensorId, max: number): TensorId {
  const shrink = call('minimum', constant(1), divide(constant(max), add(input(0), constant(tiny))));
  return builder.map(multiply(input(0), input(1)), [gradient, builder.map(shrink, [length])]);
}

const rules: Record<Clip['type'], (builder: ProgramBuilder, gradients: readonly TensorId[], max: number) => TensorId[]> = {
  value: (builder, gradients, max) =>
    gradients.map((gradient) =>
      builder.map(call('minimum', call('maximum', input(0), constant(-max)), constant(max)), [gradient]),
    ),
  norm: (builder, gradients, max) => gradients.map((gradient) => scaled(builder, gradient, norm(builder, gradient), max)),
  global_norm(builder, gradients, max) {
    const squares = gradients.map((gradient) => builder.total(builder.map(square(input(0)), [gradient])));
    const total = squares.reduce((sum, one) => builder.map(add(input(0), input(1)), [sum, one]));
    const length = builder.map(squareRoot(input(0)), [total]);
    return gradients.map((gradient) => scaled(builder, gradient, length, max));
  },
};

/** Appends the ops that make large gradients smaller: `clip_grad_value_` and `clip_grad_norm_` of PyTorch. Pascanu et al., 2013. */
export function clipGradients(
  builder: ProgramBuilder,
  gradients: readonly TensorId[],
  clip: Clip | undefined,
): readonly TensorId[] {
  return clip === undefined || gradients.length === 0 ? gradients : rules[clip.type](builder, gradients, clip.max);
}
