import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import type { TensorId } from '../../ops/op.js';
import { ComparisonError, alike, meanOf } from '../comparison.js';
import { defineLoss } from '../loss.js';

/** Shorter vectors count as of this length, as in PyTorch. */
const shortest = 1e-8;

/**
 * `1 - cos` of the angle between the vectors along the last axis of prediction and target, both of one shape `[batch, ..., length]`; the
 * mean over all vectors that count. 0 where they point the same way, 2 where they are opposite. Keras has it without the 1. The
 * cosine is PyTorch's `cosine_similarity`, in which no vector is taken to be shorter than 1e-8.
 */
export const cosineSimilarity = defineLoss({
  type: 'cosine_similarity',
  summary: '1 minus the cosine of the angle between vectors, those along the last axis.',
  options: z.object({}),
  build(comparison) {
    const { builder, field } = comparison;
    if (field.kind === 'class' || field.shape.length === 0) {
      const held = field.kind === 'class' ? 'classes' : 'a single number';
      throw new ComparisonError(`cosine_similarity compares vectors, but the target is ${held}`, 'its last axis is the vector');
    }
    const { prediction, target } = alike(comparison, 'cosine_similarity');
    const shape = builder.shapeOf(prediction);
    const product = (a: TensorId, b: TensorId): TensorId =>
      builder.reduce('sum', builder.map(call('multiply', input(0), input(1)), [a, b]), [shape.length - 1]);
    const length = (i: number) => call('square_root', call('maximum', input(i), constant(shortest * shortest)));
    const cosine = call('divide', call('divide', input(0), length(1)), length(2));
    const operands = [product(prediction, target), product(prediction, prediction), product(target, target)];
    const terms = builder.map(call('subtract', constant(1), cosine), operands);
    return meanOf(comparison, builder.reshape(terms, shape.slice(0, -1)));
  },
});
