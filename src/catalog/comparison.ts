import type { Field } from '../data/field.js';
import { call, constant, input } from '../ops/expression.js';
import type { TensorId } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';
import { ShapeError, formatShape, sameShape, size } from '../shape.js';

/** What a loss or a metric compares. */
export interface Comparison {
  readonly builder: ProgramBuilder;
  /** A layer's output, `[batch, ...]`. */
  readonly prediction: TensorId;
  /** A field of the data set, `[batch, ...field.shape]`: classes as whole numbers. */
  readonly target: TensorId;
  readonly field: Field;
  /** `[batch, time]` where some steps of the prediction are padding: 1 where a step counts. */
  readonly mask?: TensorId | undefined;
}

/** The number of classes of a class field. Throws `ShapeError` where the target is numbers. */
export function classesOf({ field }: Comparison, type: string): number {
  if (field.kind !== 'class') throw new ShapeError(`${type} compares classes, but the target holds numbers`);
  return field.classes;
}

/**
 * Checks that the prediction has a value for each class of each element of the target: `[batch, ...shape, classes]`. Gives both
 * as `[rows, classes]` and `[rows, 1]`.
 * @throws ShapeError saying what the last layer should give
 */
export function classRows(
  comparison: Comparison,
  type: string,
): { logits: TensorId; target: TensorId; rows: number; classes: number } {
  const { builder, prediction, target, field } = comparison;
  const classes = classesOf(comparison, type);
  const shape = builder.shapeOf(prediction);
  const expected = [shape[0]!, ...field.shape, classes];
  if (!sameShape(shape, expected)) {
    const [found, wanted] = [shape, expected].map((one) => formatShape(['batch', ...one.slice(1)] as never));
    const target = field.shape.length === 0 ? 'the data set has' : `${type} needs ${wanted}, since the target has`;
    const flatten = field.shape.length === 0 && shape.length > 2 ? 'put {type: flatten} before it and ' : '';
    throw new ShapeError(
      `the model's output is ${found}, but ${target} ${classes} classes`,
      `${flatten}let the last layer give ${classes} values: {type: dense, units: ${classes}}`,
    );
  }
  const rows = size(shape) / classes;
  return { logits: builder.reshape(prediction, [rows, classes]), target: builder.reshape(target, [rows, 1]), rows, classes };
}

/**
 * Prediction and target as tensors of one shape. A target of classes is taken as numbers; a last axis of length 1 that only the prediction has is
 * dropped, since `{type: dense, units: 1}` gives one.
 * @throws ShapeError where they differ
 */
export function alike(comparison: Comparison, type: string): { prediction: TensorId; target: TensorId } {
  const { builder, prediction, target } = comparison;
  const [found, wanted] = [builder.shapeOf(prediction), builder.shapeOf(target)];
  if (sameShape(found, wanted)) return { prediction, target };
  if (sameShape(found, [...wanted, 1])) return { prediction: builder.reshape(prediction, wanted), target };
  const [p, t] = [found, wanted].map((one) => formatShape(['batch', ...one.slice(1)] as never));
  throw new ShapeError(`the model's output is ${p}, but ${type} needs the shape of the target, ${t}`);
}

/**
 * The mask for terms of a shape `[batch, time, ...]` as a tensor that broadcasts to them, or `undefined` where every term counts.
 * @throws ShapeError where the terms have no such axes
 */
export function maskFor({ builder, mask }: Comparison, shape: readonly number[]): TensorId | undefined {
  if (mask === undefined) return undefined;
  const steps = builder.shapeOf(mask);
  if (shape[0] !== steps[0] || shape[1] !== steps[1]) {
    throw new ShapeError(`a mask ${formatShape(steps)} does not fit terms ${formatShape(shape)}`);
  }
  return builder.reshape(mask, [...steps, ...shape.slice(2).map(() => 1)]);
}

/**
 * The mean of `terms`, `[batch, ...]`, over those that count. `weights`, of a shape that broadcasts to them, say how much each counts;
 * the mask counts besides. The mean is the weighted sum over the sum of weights, and 0 where these are all 0.
 */
export function meanOf(comparison: Comparison, terms: TensorId, weights?: TensorId): TensorId {
  const { builder } = comparison;
  const shape = builder.shapeOf(terms);
  const factors = [weights, maskFor(comparison, shape)].filter((one) => one !== undefined);
  if (factors.length === 0) return builder.mean(terms);
  const weight = builder.map(
    factors.map((_, i) => input(i)).reduce((a, b) => call('multiply', a, b)),
    factors,
    shape,
  );
  // Not a product: a term that does not count may be infinite.
  const counted = call('select', input(1), call('multiply', input(0), input(1)), constant(0));
  const sum = builder.total(builder.map(counted, [terms, weight]));
  const share = call('select', input(1), call('divide', input(0), input(1)), constant(0));
  return builder.map(share, [sum, builder.total(weight)]);
}
