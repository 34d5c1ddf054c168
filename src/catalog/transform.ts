import type { z } from 'zod';
import type { BatchTransform } from '../data/byte-table.js';
import type { Field } from '../data/field.js';
import type { Definition } from './registry.js';

/**
 * A change of the inputs that is the same in training, validation, test and prediction: it has no randomness, and what it is fitted to is
 * the training part.
 */
export interface TransformDefinition<Options extends z.ZodObject = z.ZodObject> extends Definition {
  readonly options: Options;
  /**
   * The shape that records have afterwards, if it is another.
   * @throws UserError if the options do not fit records of this shape.
   */
  outputShape?(options: z.output<Options>, inputShape: readonly number[]): readonly number[];
  /**
   * What is to be known of the training part, as a JSON value: it is kept in checkpoints.
   * @param batches all training records, `[batch, ...inputShape]` each, after the transforms before this one; may be gone through several times
   */
  fit?(options: z.output<Options>, inputShape: readonly number[], batches: () => AsyncIterable<Float32Array>): Promise<unknown>;
  /**
   * The function that changes a whole batch, `[batch, ...inputShape]`. One made with `pointwise` costs nothing per batch where records
   * are bytes.
   * @param fitted what `fit` gave
   * @param field the input as the data set has it, before any transform
   * @throws UserError if the options do not fit records of this shape.
   */
  create(options: z.output<Options>, inputShape: readonly number[], fitted?: unknown, field?: Field): BatchTransform;
  /** Whether it takes longer than a pass over the values: then threads do it, or it is done once for all epochs. */
  readonly isWork?: true;
}

export function defineTransform<Options extends z.ZodObject>(definition: TransformDefinition<Options>): TransformDefinition {
  return definition as unknown as TransformDefinition;
}
