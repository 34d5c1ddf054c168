import { z } from 'zod';
import { axisIndex, call, constant, input } from '../../ops/expression.js';
import type { TensorId } from '../../ops/op.js';
import type { ProgramBuilder } from '../../program/builder.js';
import { ShapeError } from '../../shape.js';
import { ComparisonError, formatBatch, meanOf } from '../comparison.js';
import { defineLoss } from '../loss.js';

/** Distances below this one have no gradient: there it would be one of rounding errors. */
const nearest = 1e-6;

/** Stands for a distance that there is none of. */
const beyond = 1e30;

/**
 * Triplets within a batch (Hermans et al., 2017): records of one class are to be nearer to each other than to those of any other class by
 * a margin. Prediction: an embedding for each record, `[batch, features]`; target: classes `[batch]`. Distances are Euclidean.
 *
 * - `hard`: for each record a, `max(0, margin + d(a, p) - d(a, n))` with the farthest p of its class and the nearest n of another;
 *   the mean over the records that have both.
 * - `all`: the same of every triplet (a, p, n) of the batch, the mean over all of them, of which there are up to batch^3.
 *
 * A batch without a triplet has the loss 0. What a record adds depends on which others it is batched with.
 */
export const triplet = defineLoss({
  type: 'triplet',
  summary: 'Embeddings [batch, features]: records of a class nearer to each other than to those of other classes.',
  options: z.object({
    margin: z.number().positive().default(0.2).describe('By how much nearer.'),
    mining: z
      .enum(['hard', 'all'])
      .default('hard')
      .describe('hard: the farthest of its class and the nearest of another, for each record; all: every triplet of the batch.'),
  }),
  build(comparison, { margin, mining }) {
    const { builder, prediction, target, field } = comparison;
    if (field.kind !== 'class' || field.shape.length > 0) {
      const held = `${field.kind === 'class' ? 'classes' : 'numbers'} ${formatBatch(builder.shapeOf(target))}`;
      throw new ComparisonError(
        `triplet needs a class for each record, [batch], but the target is ${held}`,
        'name another field: target: ...',
      );
    }
    const shape = builder.shapeOf(prediction);
    if (shape.length !== 2) {
      throw new ShapeError(
        `the model's output is ${formatBatch(shape)}, but triplet needs an embedding of each record, [batch, features]`,
        'put {type: flatten} at the end',
      );
    }
    const batch = shape[0]!;
    const distances = pairwiseDistances(builder, prediction);
    const [rows, columns] = [builder.reshape(target, [batch, 1]), builder.reshape(target, [1, batch])];
    const same = call('equal', input(0), input(1));
    const another = call('subtract', constant(1), same);
    const positive = call('subtract', same, call('equal', axisIndex(0), axisIndex(1)));
    const positives = builder.map(positive, [rows, columns], [batch, batch]);
    const negatives = builder.map(another, [rows, columns], [batch, batch]);
    const violation = (near: number, far: number) =>
      call('maximum', call('subtract', call('add', constant(margin), input(near)), input(far)), constant(0));
    const both = call('multiply', input(0), input(1));
    if (mining === 'hard') {
      const largest = (tensor: TensorId): TensorId => builder.reduce('maximum', tensor, [1]);
      const farthest = largest(builder.map(call('select', input(0), input(1), constant(0)), [positives, distances]));
      const other = call('select', input(0), call('negate', input(1)), constant(-beyond));
      const closest = builder.map(call('negate', input(0)), [largest(builder.map(other, [negatives, distances]))]);
      const counts = builder.map(both, [largest(positives), largest(negatives)]);
      return meanOf(comparison, builder.map(violation(0, 1), [farthest, closest]), { counts });
    }
    const cube = [batch, batch, batch];
    const toPositive = (tensor: TensorId): TensorId => builder.reshape(tensor, [batch, batch, 1]);
    const toNegative = (tensor: TensorId): TensorId => builder.reshape(tensor, [batch, 1, batch]);
    const terms = builder.map(violation(0, 1), [toPositive(distances), toNegative(distances)], cube);
    return meanOf(comparison, terms, { counts: builder.map(both, [toPositive(positives), toNegative(negatives)], cube) });
  },
});

/** `[batch, batch]` of embeddings `[batch, features]`, as `|a|^2 + |b|^2 - 2 a b`. */
function pairwiseDistances(builder: ProgramBuilder, embeddings: TensorId): TensorId {
  const batch = builder.shapeOf(embeddings)[0]!;
  // Distances do not depend on what is subtracted; the mean makes the squares small, and with them what rounding costs.
  const sum = builder.reduce('sum', embeddings, [0]);
  const mean = builder.stopGradient(builder.map(call('multiply', input(0), constant(1 / batch)), [sum]));
  const centred = builder.map(call('subtract', input(0), input(1)), [embeddings, mean]);
  const squares = builder.reduce('sum', builder.map(call('multiply', input(0), input(0)), [centred]), [1]);
  const products = builder.matmul(centred, centred, { transposeB: true });
  const squared = call('subtract', call('add', input(0), input(1)), call('multiply', constant(2), input(2)));
  const distance = call('square_root', call('maximum', squared, constant(nearest * nearest)));
  return builder.map(distance, [squares, builder.reshape(squares, [1, batch]), products]);
}
