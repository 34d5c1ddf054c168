import type { z } from 'zod';
import type { ContentKeys } from '../data/content-keys.js';
import type { Examples, Field } from '../data/field.js';
import type { Cut, Splitter } from '../data/split.js';
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
  /** Where it was found and the checksum of each file, for the run's environment record; of a file that was skipped, why. */
  provenance: { file: string; md5: string; skipped?: string }[];
  /** What a person should know of it, a line each: values that are missing, files that were skipped. `nn data` shows them. */
  notes?: readonly string[];
  /**
   * Where the data set itself says which records of `train` are for validation, since it is fitted to the others alone, or since they depend
   * on each other: windows over a time series. Both are sorted; some records may be in neither.
   */
  validation?: Cut;
  /** For people: what the numbers of an input stand for, along its last axis. */
  valueNames?: Readonly<Record<string, readonly string[]>>;
  /** For people: where a record of a part comes from, such as the name of its file. */
  nameOf?(part: 'train' | 'test', record: number): string;
  /** What the content of the records is, where their values depend on what was fitted. */
  keys?: { readonly train: ContentKeys; readonly test: ContentKeys };
  /** What was fitted to the training part, as a JSON value: it is kept in checkpoints, and handed back through `DatasetContext`. */
  fitted?: unknown;
}

/** Records that came after training: what the model reads of them, and nothing to compare it with. */
export interface NewRecords {
  /** As the files have them, before the transforms: a field for each input. */
  readonly inputs: Readonly<Record<string, Field>>;
  readonly records: Examples;
  /** What each is called, and what such names are: `file`, `row`. */
  readonly names: readonly string[];
  readonly named: string;
  /** What a person should know, a line each: files that were left out. */
  readonly notes: readonly string[];
}

/** Where relative paths start and where downloads may be kept. */
export interface DatasetContext {
  /** The folder of the config file. */
  folder: string;
  /** The cache folder for downloads. */
  cache: string;
  /** One line for people, on stderr. */
  log(line: string): void;
  /** Whether the notes of what is loaded will be shown: then they are not logged as well. */
  showsNotes?: boolean;
  /** How records are cut into parts; by default at random, with nothing held out for validation. */
  splitter?: Splitter;
  /** What a checkpoint holds: it is taken in place of fitting anew. */
  fitted?: FittedData | undefined;
}

/** What a model was fitted to: enough to read other records as it read those that it learnt from. Checkpoints hold it as JSON. */
export interface FittedData {
  /** As the model reads it, after the transforms. */
  readonly info: DatasetInfo;
  /** The inputs before the transforms. Checkpoints of version 0.1 lack them. */
  readonly stored?: Readonly<Record<string, Field>>;
  /** `LoadedDataset.fitted`, or null. */
  readonly dataset: unknown;
  /** For each transform null, or what it was fitted to for each input. */
  readonly transforms: readonly unknown[];
  /** How much each class counts in the loss, where that depends on how many records it has. */
  readonly classWeights?: readonly number[];
}

export interface DatasetDefinition<Options extends z.ZodObject = z.ZodObject> extends Definition {
  readonly options: Options;
  /**
   * Reads headers only. A format that has none leaves it out: then it is loaded. Throws a `UserError` where a file is missing or wrong.
   */
  describe?(options: z.output<Options>, context: DatasetContext): Promise<DatasetInfo>;
  /** Reads and checks every record. Throws a `UserError` naming the file and what is wrong with it. */
  load(options: z.output<Options>, context: DatasetContext): Promise<LoadedDataset>;
  /** How records that came after training are read. Without it they can be arrays alone. */
  readonly newRecords?: NewRecordsReader<NoInfer<Options>>;
}

export interface NewRecordsReader<Options extends z.ZodObject = z.ZodObject> {
  /** What files are read, for people: `PNG, JPEG or WebP`. */
  readonly from: string;
  /** Whether it reads arrays of NumPy itself. */
  readonly readsArrays?: true;
  /**
   * Reads records as those were read that the model was trained on.
   * @param paths of files or folders
   * @throws UserError naming the file and what is wrong with it
   */
  read(options: z.output<Options>, paths: readonly string[], context: FittedContext): Promise<NewRecords>;
}

/** As `DatasetContext`, of a model that has been trained. */
export type FittedContext = DatasetContext & { readonly fitted: FittedData };

/** Logs what a data set has to say of itself, unless that will be shown. */
export function logNotes({ log, showsNotes = false }: DatasetContext, notes: readonly string[]): void {
  if (!showsNotes) for (const note of notes) log(note);
}

export function defineDataset<Options extends z.ZodObject>(definition: DatasetDefinition<Options>): DatasetDefinition {
  return definition as unknown as DatasetDefinition;
}
