import type { Field } from '../data/field.js';
import { call, input } from '../ops/expression.js';
import type { TensorId } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';
import { type Shape, ShapeError, sameShape } from '../shape.js';
import { softplus } from './activations/softplus.js';
import { type Comparison, ComparisonError, alike, formatBatch } from './comparison.js';

/**
 * Whether the prediction is one logit for each target: two classes that one number tells apart, or numbers of 0 to 1 such as independent
 * labels. Otherwise it has a logit for each class.
 */
export const isBinary = ({ builder, prediction, field }: Comparison): boolean =>
  isOneLogit(field, builder.shapeOf(prediction).slice(1));

/** As `isBinary`, of a record's shape of the prediction. */
export function isOneLogit(field: Field, shape: Shape): boolean {
  if (field.kind === 'number') return true;
  return field.classes === 2 && (sameShape(shape, field.shape) || sameShape(shape, [...field.shape, 1]));
}

/**
 * Logits and targets of 0 to 1 as tensors of one shape: a target of two classes with a prediction `[batch, ...shape]` or
 * `[batch, ...shape, 1]`, or numbers of the prediction's shape.
 * @throws ShapeError saying what the last layer should give
 * @throws ComparisonError where the target has more classes
 */
export function binaryPair(comparison: Comparison, type: string): { logits: TensorId; target: TensorId } {
  const { builder, prediction, field } = comparison;
  if (field.kind === 'class') {
    if (field.classes !== 2) {
      throw new ComparisonError(
        `${type} tells two classes apart, but the target has ${field.classes}`,
        'several classes are for cross_entropy and accuracy, which take a logit for each',
      );
    }
    if (!isBinary(comparison)) {
      const wanted = builder.shapeOf(comparison.target);
      throw new ShapeError(
        `the model's output is ${formatBatch(builder.shapeOf(prediction))}, but ${type} needs one logit for each target: ${formatBatch([...wanted, 1])}`,
        'let the last layer give one value: {type: dense, units: 1}',
      );
    }
  }
  const { prediction: logits, target } = alike(comparison, type);
  return { logits, target };
}

/**
 * `softplus(x) = -log(1 - sigmoid(x))` and `softplus(-x) = -log sigmoid(x)` of logits: each keeps its digits where it is small, which a
 * difference of the two would not.
 */
export function softplusPair(builder: ProgramBuilder, logits: TensorId): { ofLogit: TensorId; ofNegative: TensorId } {
  const of = (x: TensorId): TensorId => softplus.apply(builder, x, { type: 'softplus', beta: 1 });
  return { ofLogit: of(logits), ofNegative: of(builder.map(call('negate', input(0)), [logits])) };
}
