import type { z } from 'zod';
import type { Field } from '../data/field.js';
import type { RandomStream } from '../random.js';
import type { Definition } from './registry.js';

/** Changes one record, `[...shape]` row-major, in place. It may keep memory for its own use from call to call, but nothing else. */
export type Augmentation = (values: Float32Array, random: RandomStream) => void;

/** A random change of training records. Validation, test and prediction are without. */
export interface AugmentationDefinition<Options extends z.ZodObject = z.ZodObject> extends Definition {
  readonly options: Options;
  /**
   * What it can change: numbers such as pictures and sounds, classes such as the words of a text or the mask of a picture. Unless the config
   * names fields, it changes the inputs of the first of these kinds.
   */
  readonly changes: readonly [Field['kind'], ...Field['kind'][]];
  /** Whether it comes after the transforms, on what the model will read; by default before, where bytes are value / 255. */
  readonly afterTransforms?: true;
  /**
   * The function that changes a record.
   * @throws UserError if the options do not fit such records
   */
  create(options: z.output<Options>, field: Field): Augmentation;
}

export function defineAugmentation<Options extends z.ZodObject>(
  definition: AugmentationDefinition<Options>,
): AugmentationDefinition {
  return definition as unknown as AugmentationDefinition;
}
