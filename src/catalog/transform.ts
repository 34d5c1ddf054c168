import type { z } from 'zod';
import type { BatchTransform } from '../data/byte-table.js';
import type { Definition } from './registry.js';

/** A fixed change of the inputs, the same in training, validation, test and prediction. It has no randomness and no state. */
export interface TransformDefinition<Options extends z.ZodObject = z.ZodObject> extends Definition {
  readonly options: Options;
  /**
   * The function that changes a whole batch, `[batch, ...inputShape]`, in place. One made with `pointwise` costs nothing per
   * batch where records are bytes.
   * @throws UserError if the options do not fit records of this shape.
   */
  create(options: z.output<Options>, inputShape: readonly number[]): BatchTransform;
}

export function defineTransform<Options extends z.ZodObject>(definition: TransformDefinition<Options>): TransformDefinition {
  return definition as unknown as TransformDefinition;
}
