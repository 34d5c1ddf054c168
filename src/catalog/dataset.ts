import type { z } from 'zod';
import type { Definition } from './registry.js';

/** What is known of a data set before its records are read. Shapes are those of one record. */
export interface DatasetInfo {
  /** `[height, width, channels]` for images, `[features]` for tables. */
  inputShape: number[];
  /** Records of class `0 … classes - 1`. */
  target: { kind: 'class'; classes: number };
  trainLength: number;
  testLength: number;
}

/** Records in memory, row-major: record `i` of the inputs starts at `i * size(inputShape)`. */
export interface Examples {
  length: number;
  /** Bytes stand for value / 255; floats for themselves. */
  inputs: Uint8Array | Float32Array;
  /** The class of each record. */
  targets: Uint8Array;
}

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
  /** Reads headers only. Throws a `UserError` where a file is missing or wrong. */
  describe(options: z.output<Options>, context: DatasetContext): Promise<DatasetInfo>;
  /** Reads and checks every record. Throws a `UserError` naming the file and what is wrong with it. */
  load(options: z.output<Options>, context: DatasetContext): Promise<LoadedDataset>;
}

export function defineDataset<Options extends z.ZodObject>(definition: DatasetDefinition<Options>): DatasetDefinition {
  return definition as unknown as DatasetDefinition;
}
