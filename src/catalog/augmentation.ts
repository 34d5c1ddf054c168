import type { z } from 'zod';
import type { Field } from '../data/field.js';
import type { RecordMixing } from '../data/mixing.js';
import type { RandomStream } from '../random.js';
import type { Definition } from './registry.js';

/** Changes one record, `[...shape]` row-major, in place. It may keep memory for its own use from call to call, but nothing else. */
export type Augmentation = (values: Float32Array, random: RandomStream) => void;

interface CommonDefinition<Options extends z.ZodObject> extends Definition {
  readonly options: Options;
  /**
   * What it can change: numbers such as pictures and sounds, classes such as the words of a text or the mask of a picture. Unless the config
   * names fields, it changes the inputs of the first of these kinds.
   */
  readonly changes: readonly [Field['kind'], ...Field['kind'][]];
  /** Whether it comes after the transforms, on what the model will read; by default before, where bytes are value / 255. */
  readonly afterTransforms?: true;
}

/** A random change of training records. Validation, test and prediction are without. */
export interface RecordAugmentation<Options extends z.ZodObject = z.ZodObject> extends CommonDefinition<Options> {
  /**
   * The function that changes a record.
   * @throws UserError if the options do not fit such records
   */
  create(options: z.output<Options>, field: Field): Augmentation;
}

/** A random mixing of training records in pairs, after all other changes. Their targets are mixed as well, classes as probabilities. */
export interface MixingAugmentation<Options extends z.ZodObject = z.ZodObject> extends CommonDefinition<Options> {
  readonly afterTransforms: true;
  /**
   * The function that mixes a record with another.
   * @throws UserError if the options do not fit such records
   */
  mix(options: z.output<Options>, field: Field): RecordMixing;
}

export type AugmentationDefinition = RecordAugmentation | MixingAugmentation;

export const isMixing = (definition: AugmentationDefinition): definition is MixingAugmentation => 'mix' in definition;

export function defineAugmentation<Options extends z.ZodObject>(definition: RecordAugmentation<Options>): RecordAugmentation {
  return definition as unknown as RecordAugmentation;
}

export function defineMixing<Options extends z.ZodObject>(definition: MixingAugmentation<Options>): MixingAugmentation {
  return definition as unknown as MixingAugmentation;
}

/** A target in training batches whose records are mixed: of a class the probabilities of all. */
export const mixedTarget = (field: Field): Field => (field.kind === 'class' ? { kind: 'number', shape: [field.classes] } : field);
