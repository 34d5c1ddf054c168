import { z } from 'zod';
import { type Expression, call, constant, input } from '../ops/expression.js';
import type { TensorId } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';
import { initializer } from './fields.js';
import type { LayerContext } from './layer.js';
import type { Chosen } from './registry.js';

/** Options that the normalising layers share. */

export const epsilon = (byDefault: number) =>
  z.number().positive().default(byDefault).describe('Added to what the square root is taken of.');

export const scaling = {
  scale: z.boolean().default(true).describe('Whether the result is multiplied by a learnt gamma.'),
  gamma_initializer: initializer('ones'),
};

export const centering = {
  center: z.boolean().default(true).describe('Whether a learnt beta is added to the result.'),
  beta_initializer: initializer('zeros'),
};

interface AffineOptions {
  readonly scale: boolean;
  readonly gamma_initializer: Chosen;
  readonly center?: boolean;
  readonly beta_initializer?: Chosen;
}

/** The learnt factor and shift `[channels]` of a normalising layer, where its options want them. */
export function affine({ parameter }: LayerContext, channels: number, options: AffineOptions) {
  const fans = { fanIn: channels, fanOut: channels };
  const gamma = options.scale ? parameter('gamma', [channels], options.gamma_initializer, fans) : undefined;
  const beta = options.center === true ? parameter('beta', [channels], options.beta_initializer!, fans) : undefined;
  return { gamma, beta };
}

/** `x * factors[0] * ... + shift`, as one op. */
export function scaleAndShift(
  builder: ProgramBuilder,
  x: TensorId,
  factors: readonly (TensorId | undefined)[],
  shift: TensorId | undefined,
): TensorId {
  const operands = [x];
  const next = (tensor: TensorId): Expression => input(operands.push(tensor) - 1);
  let formula = input(0);
  for (const factor of factors) if (factor !== undefined) formula = call('multiply', formula, next(factor));
  if (shift !== undefined) formula = call('add', formula, next(shift));
  return builder.map(formula, operands, builder.shapeOf(x));
}

/**
 * `x - mean` and `1 / sqrt(variance + epsilon)`, the variance being the mean of the squared differences. `sumOf` sums over the
 * `count` elements that belong together and gives a tensor that broadcasts to the whole.
 */
export function standardize(
  builder: ProgramBuilder,
  x: TensorId,
  sumOf: (tensor: TensorId) => TensorId,
  count: number,
  epsilon: number,
): { centred: TensorId; inverse: TensorId } {
  const negativeMean = builder.map(call('multiply', input(0), constant(-1 / count)), [sumOf(x)]);
  const centred = builder.map(call('add', input(0), input(1)), [x, negativeMean]);
  return { centred, inverse: inverseRoot(builder, centred, sumOf, count, epsilon) };
}

/** `1 / sqrt(mean of squares + epsilon)`. */
export function inverseRoot(
  builder: ProgramBuilder,
  x: TensorId,
  sumOf: (tensor: TensorId) => TensorId,
  count: number,
  epsilon: number,
): TensorId {
  const squares = sumOf(builder.map(call('multiply', input(0), input(0)), [x]));
  const mean = call('multiply', input(0), constant(1 / count));
  return builder.map(call('divide', constant(1), call('square_root', call('add', mean, constant(epsilon)))), [squares]);
}
