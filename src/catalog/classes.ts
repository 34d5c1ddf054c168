import { axisIndex, call, constant, input } from '../ops/expression.js';
import type { TensorId } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';
import { type Shape, ShapeError, sameShape, size } from '../shape.js';
import { logSoftmax } from './activations/log-softmax.js';
import { type Comparison, ComparisonError, formatBatch } from './comparison.js';

/** Logits of classes and what they are compared with, a row for each target. */
export interface ClassRows {
  /** `[rows, classes]` */
  readonly logits: TensorId;
  /** Classes `[rows, 1]`, or probabilities `[rows, classes]`. */
  readonly target: TensorId;
  readonly probabilities: boolean;
  readonly rows: number;
  readonly classes: number;
  /** What one number for each row is in the shape of the batch: `[batch, ...]`. */
  readonly shape: Shape;
}

/**
 * The rows of a prediction that has a logit for each class of each target: `[batch, ...shape, classes]`. The target is classes, or numbers of
 * the prediction's shape, which are probabilities.
 * @throws ShapeError saying what the last layer should give
 * @throws ComparisonError where the target is other numbers
 */
export function classRows(comparison: Comparison, type: string): ClassRows {
  const { builder, prediction, target, field } = comparison;
  const shape = builder.shapeOf(prediction);
  const classes = field.kind === 'class' ? field.classes : shape.at(-1)!;
  const inRows = { classes, rows: size(shape) / classes, shape: shape.slice(0, -1), probabilities: field.kind === 'number' };
  if (field.kind === 'class') {
    checkClassShape(comparison, type, shape, field);
  } else if (shape.length < 2 || !sameShape(shape, builder.shapeOf(target))) {
    throw new ComparisonError(
      `${type} compares classes, but the target holds numbers`,
      `mse and mae compare numbers; as probabilities of classes they would have the shape of the model's output, ${formatBatch(shape)}, and they are ${formatBatch(builder.shapeOf(target))}`,
    );
  }
  return {
    ...inRows,
    logits: builder.reshape(prediction, [inRows.rows, classes]),
    target: builder.reshape(target, [inRows.rows, inRows.probabilities ? classes : 1]),
  };
}

function checkClassShape(
  { builder, target }: Comparison,
  type: string,
  found: Shape,
  { shape, classes }: { readonly shape: Shape; readonly classes: number },
): void {
  const wanted = [...builder.shapeOf(target), classes];
  if (sameShape(found, wanted)) return;
  const needs = shape.length === 0 ? 'the data set has' : `${type} needs ${formatBatch(wanted)}, since the target has`;
  const flatten = shape.length === 0 && found.length > 2 ? 'put {type: flatten} before it and ' : '';
  throw new ShapeError(
    `the model's output is ${formatBatch(found)}, but ${needs} ${classes} classes`,
    `${flatten}let the last layer give ${classes} values: {type: dense, units: ${classes}}`,
  );
}

/** As `classRows`, of a target that must be classes. */
export function rowsOfClasses(comparison: Comparison, type: string): ClassRows {
  if (comparison.field.kind !== 'class') {
    throw new ComparisonError(`${type} compares classes, but the target holds numbers`, 'mse and mae compare numbers');
  }
  return classRows(comparison, type);
}

/**
 * For a target that is one class to be left out: 1 for each row that counts, in the shape of the batch.
 * @throws ComparisonError where there is no such class
 */
export function countsWithout(
  { builder, target }: Comparison,
  { classes, probabilities, shape }: ClassRows,
  ignoreIndex: number | undefined,
): TensorId | undefined {
  if (ignoreIndex === undefined) return undefined;
  if (probabilities) {
    throw new ComparisonError('the target holds probabilities, not classes', 'remove ignore_index', 'ignore_index');
  }
  if (ignoreIndex >= classes) {
    throw new ComparisonError(
      `the target has no class ${ignoreIndex}: its classes are 0 to ${classes - 1}`,
      'name the class that stands for padding, or remove ignore_index',
      'ignore_index',
    );
  }
  const counts = call('subtract', constant(1), call('equal', input(0), constant(ignoreIndex)));
  return builder.map(counts, [builder.reshape(target, shape)]);
}

/**
 * A number for each class as a tensor `[classes]`.
 * @param option the option that lists them
 * @throws ComparisonError where there are more or fewer
 */
export function classTable(builder: ProgramBuilder, values: readonly number[], classes: number, option: string): TensorId {
  if (values.length !== classes) {
    throw new ComparisonError(
      `${values.length} ${values.length === 1 ? 'number' : 'numbers'} for ${classes} classes`,
      `list ${classes}, one for each class`,
      option,
    );
  }
  // Named by its values: two losses with the same ones share it.
  return builder.constant(`${option}/${values.join(',')}`, [classes], () => Float32Array.from(values));
}

/** 1 in the column of each row's class, 0 elsewhere: a formula over `[rows, classes]` whose input `index` is `[rows, 1]`. */
export const oneHot = (index: number) => call('equal', axisIndex(1), input(index));

/** The number of each row's class, `[rows, 1]`, of a tensor `[rows, classes]`. */
export function ofClass(builder: ProgramBuilder, values: TensorId, target: TensorId): TensorId {
  return builder.reduce('sum', builder.map(call('select', oneHot(1), input(0), constant(0)), [values, target]), [1]);
}

/** The column of each row's largest number, the first of equal ones: `[rows, 1]`. Where a row holds NaN it is no column. */
export function firstLargest(builder: ProgramBuilder, values: TensorId): TensorId {
  const columns = builder.shapeOf(values)[1]!;
  const largest = builder.reduce('maximum', values, [1]);
  // The first largest is found as the maximum of -index, so that equal ones do not all count.
  const candidate = call('select', call('equal', input(0), input(1)), call('negate', axisIndex(1)), constant(-columns));
  return builder.map(call('negate', input(0)), [builder.reduce('maximum', builder.map(candidate, [values, largest]), [1])]);
}

/** `-log softmax(logits)` of each row's class, `[rows, 1]`. */
export function negativeLogLikelihood(builder: ProgramBuilder, logits: TensorId, target: TensorId): TensorId {
  const own = ofClass(builder, logSoftmax.apply(builder, logits, { type: 'log_softmax' }), target);
  return builder.map(call('negate', input(0)), [own]);
}

/** What each class is called: its label, or else its number. */
export const classNames = (labels: readonly string[] | undefined, classes: number): string[] =>
  Array.from({ length: classes }, (_, i) => labels?.[i] ?? String(i));
