import type { z } from 'zod';
import type { Examples, Field } from '../data/field.js';
import type { Definition } from './registry.js';

export type { Column, Examples, Field } from '../data/field.js';

/** What is known of a data set before its records are read. */
export interface DatasetInfo {
  /** What models read, by name. A data set with one input calls it `input`. */
  readonly inputs: Readonly<Record<string, Field>>;
  /** What models are compared with, by name. A data set with one target calls it `target`. */
  readonly targets: Readonly<Record<string, Field>>;
  readonly trainLength: number;
  readonly testLength: number;
}

/** Records of one shape, each of a class. */
export function classification(
  shape: readonly number[],
  classes: number,
  lengths: { trainLength: number; testLength: number },
  labels?: readonly string[],
): DatasetInfo {
  const target: Field = { kind: 'class', shape: [], classes, ...(labels === undefined ? {} : { labels }) };
  return { inputs: { input: { kind: 'number', shape } }, targets: { target }, ...lengths };
}

/** Every field of a data set by its name. */
export const fieldsOf = ({ inputs, targets }: DatasetInfo): Record<string, Field> => ({ ...inputs, ...targets });

export interface LoadedDataset {
  info: DatasetInfo;
  train: Examples;
  test: Examples;
  /** Where it was found and the checksum of each file, for the run's environment record. */
  provenance: { file: string; md5: string }[];
}

/** Where relative paths start and where downloads may be kept. */
export interface DatasetContext {
  /** The folder of the config file. */
  folder: string;
  /** The cache folder for downloads. */
  cache: string;
  /** One line for people, on stderr. */
  log(line: string): void;
}

export interface DatasetDefinition<Options extends z.ZodObject = z.ZodObject> extends Definition {
  readonly options: Options;
  /** Reads headers only where the format has them. Throws a `UserError` where a file is missing or wrong. */
  describe(options: z.output<Options>, context: DatasetContext): Promise<DatasetInfo>;
  /** Reads and checks every record. Throws a `UserError` naming the file and what is wrong with it. */
  load(options: z.output<Options>, context: DatasetContext): Promise<LoadedDataset>;
}

export function defineDataset<Options extends z.ZodObject>(definition: DatasetDefinition<Options>): DatasetDefinition {
  return definition as unknown as DatasetDefinition;
}
