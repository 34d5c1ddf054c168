import type { Field } from '../data/field.js';
import { call, constant, input } from '../ops/expression.js';
import type { TensorId } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';
import { type Shape, ShapeError, formatShape, sameShape, size } from '../shape.js';

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
  /**
   * Is told what a mean has been divided by, a tensor of shape `[]`, where that is not the same for every record: means of batches count by
   * it in that of an epoch.
   */
  readonly weigh?: (divisor: TensorId) => void;
}

/**
 * A loss or metric, or one of its options, that does not go with the target, whatever the model gives. It is reported at its own line;
 * a `ShapeError` is reported at the line of the layer that is compared.
 */
export class ComparisonError extends Error {
  override readonly name = 'ComparisonError';
  /** What to do about it. */
  readonly hint: string;
  /** The option at fault, if it is one. */
  readonly option: string | undefined;

  constructor(message: string, hint: string, option?: string) {
    super(message);
    this.hint = hint;
    this.option = option;
  }
}

/** `[batch, 3]` */
export const formatBatch = (shape: Shape): string => formatShape(['batch', ...shape.slice(1)] as never);

/**
 * Prediction and target as tensors of one shape. A target of classes is taken as numbers; a last axis of length 1 that only the prediction has is
 * dropped, since `{type: dense, units: 1}` gives one.
 * @throws ShapeError where they differ
 * @throws ComparisonError where they differ and the target is classes
 */
export function alike(comparison: Comparison, type: string): { prediction: TensorId; target: TensorId } {
  const { builder, prediction, target, field } = comparison;
  const [found, wanted] = [builder.shapeOf(prediction), builder.shapeOf(target)];
  if (sameShape(found, wanted)) return { prediction, target };
  if (sameShape(found, [...wanted, 1])) return { prediction: builder.reshape(prediction, wanted), target };
  if (field.kind === 'class') {
    throw new ComparisonError(
      `${type} compares numbers, but the target is classes, ${field.classes} of them`,
      `compare classes with what is made for them, such as cross_entropy and accuracy; as numbers they need an output ${formatBatch(wanted)}`,
    );
  }
  throw new ShapeError(
    `the model's output is ${formatBatch(found)}, but ${type} needs the shape of the target, ${formatBatch(wanted)}`,
    size(found) === size(wanted)
      ? `put {type: reshape, target_shape: ${formatShape(wanted.slice(1))}} after the last layer`
      : `let the last layer give ${formatBatch(wanted)}`,
  );
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

/** Which terms count, and how much. */
export interface Counting {
  /** Of a shape that broadcasts to the terms: 1 where a term counts, 0 where it does not. The mask counts besides. */
  readonly counts?: TensorId | undefined;
  /** Of such a shape: how much a term adds to what the sum is divided by. By default 1. */
  readonly divisors?: TensorId | undefined;
}

/** The sum of the terms that count and of their divisors, each a tensor of shape `[]`; no divisors where all terms count alike. */
export function sumsOf(
  comparison: Comparison,
  terms: TensorId,
  { counts, divisors }: Counting = {},
): { sum: TensorId; divisor: TensorId | undefined } {
  const { builder } = comparison;
  const shape = builder.shapeOf(terms);
  const conditions = [counts, maskFor(comparison, shape)].filter((one) => one !== undefined);
  if (conditions.length === 0) {
    const all = divisors === undefined ? undefined : builder.total(builder.map(input(0), [divisors], shape));
    return { sum: builder.total(terms), divisor: all };
  }
  const product = conditions.map((_, i) => input(i)).reduce((a, b) => call('multiply', a, b));
  // Not a product with the term: one that does not count may be infinite.
  const counted = (what: TensorId): TensorId =>
    builder.map(call('select', product, input(conditions.length), constant(0)), [...conditions, what], shape);
  const divisor = divisors === undefined ? builder.map(product, conditions, shape) : counted(divisors);
  return { sum: builder.total(counted(terms)), divisor: builder.total(divisor) };
}

/** The mean of `terms`, `[batch, ...]`: the sum of those that count over the sum of their divisors, and 0 where nothing counts. */
export function meanOf(comparison: Comparison, terms: TensorId, counting: Counting = {}): TensorId {
  const { builder } = comparison;
  if (counting.counts === undefined && counting.divisors === undefined && comparison.mask === undefined)
    return builder.mean(terms);
  const { sum, divisor } = sumsOf(comparison, terms, counting);
  comparison.weigh?.(divisor!);
  // Where nothing counts the sum is 0 as well. A choice between quotients would make its gradient 0 times infinity.
  return builder.map(call('divide', input(0), call('select', input(1), input(1), constant(1))), [sum, divisor!]);
}
