import type { z } from 'zod';
import type { Field } from '../data/field.js';
import type { RecordMixing } from '../data/mixing.js';
import type { RandomStream } from '../random.js';
import type { Definition } from './registry.js';

/** Changes one record, `[...shape]` row-major, in place. It may keep memory for its own use from call to call, but nothing else. */
export type Augmentation = (values: Float32Array, random: RandomStream) => void;

/** What an augmentation has read from files. */
export interface LoadedFiles {
  /** Values that can be given to another thread, large arrays in memory that all of them see. */
  readonly value: unknown;
  /** The files with their checksums. */
  readonly provenance: readonly { file: string; md5: string }[];
}

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
   * Reads the files that it needs, once before training.
   * @param folder of the config, where relative paths start
   * @throws DatasetError at a path of its options if one cannot be used
   */
  load?(options: z.output<Options>, field: Field, folder: string): LoadedFiles | Promise<LoadedFiles>;
  /**
   * The function that changes a record.
   * @param loaded the value that `load` gave; nothing where it is only asked whether the options fit
   * @throws UserError if the options do not fit such records
   */
  create(options: z.output<Options>, field: Field, loaded?: unknown): Augmentation;
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
