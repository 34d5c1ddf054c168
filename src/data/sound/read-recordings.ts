import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ListedFile } from '../class-folders.js';
import type { Column, Examples } from '../field.js';
import { keptRecords } from '../kept-records.js';
import { contentOf } from '../labelled-files.js';
import { preparedKey } from '../prepared-cache.js';
import type { RecordFile } from '../readers/record-file.js';
import type { Recordings } from '../readers/recordings.js';
import type { Skipped } from '../skipped.js';
import { type RecordingShape, readRecording } from './recording.js';
import { WavError } from './wav.js';

export interface ReadingOptions {
  readonly shape: RecordingShape;
  /** Whether 16 bits hold all samples as they are; else they are floats. */
  readonly isExact: boolean;
  /** Whether samples are held in memory. */
  readonly isHeld: boolean;
  /** Where samples are kept in a file, to be used again; nothing where they are not. */
  readonly folder?: string | undefined;
  /** Takes what cannot be read. */
  readonly bad: Skipped;
  log(line: string): void;
}

/** What is known of recordings that have been read. */
interface KnownRecordings {
  /** Those that were left out, by their places in the list that was given, and why. */
  readonly skipped: readonly { readonly index: number; readonly reason: string; readonly hint?: string }[];
  /** The checksum of the content of each of the others. */
  readonly md5: readonly string[];
}

/** Recordings, without those that were left out. */
export interface ReadRecordings extends KnownRecordings {
  /**
   * Some of them, one after the other, as a field of records.
   * @param first the place of the first of them
   */
  records(field: string, first: number, files: readonly ListedFile[]): Pick<Examples, 'columns' | 'reader'>;
}

/** Reads and checks recordings, into memory or a file where they are to be held or kept; or reads what was kept of them. */
export async function readRecordings(files: readonly ListedFile[], options: ReadingOptions): Promise<ReadRecordings> {
  const { shape, isExact, isHeld, folder, bad, log } = options;
  const recordBytes = shape.samples * (isExact ? 2 : 4);
  if (folder === undefined) {
    const held = new Uint8Array(new SharedArrayBuffer(isHeld ? recordBytes * files.length : 0));
    let length = 0;
    const known = await readEach(files, options, (record) => {
      if (isHeld) held.set(record, recordBytes * length++);
    });
    return { ...known, records: isHeld ? inMemory(held, options) : oneByOne(shape) };
  }
  const key = preparedKey('recordings', 1, shape, isExact, await contentOf(files));
  const path = join(folder, `recordings-${key}.records`);
  const { file, held, isMade } = await keptRecords(path, key, recordBytes, isHeld, (append) => readEach(files, options, append));
  const known = file.notes as KnownRecordings;
  if (isMade) log(`samples of recordings are kept in ${path}`);
  else
    for (const { index, reason, hint } of known.skipped) bad.add(files[index]!.path, reason, hint === undefined ? {} : { hint });
  return { ...known, records: held === undefined ? inFile(path, recordBytes, options) : inMemory(held, options) };
}

/** @param append takes the samples of each recording that can be read, in their order */
async function readEach(
  files: readonly ListedFile[],
  { shape, isExact, bad }: ReadingOptions,
  append: (record: Uint8Array) => void,
): Promise<KnownRecordings> {
  const sound = new Float32Array(shape.samples);
  const record = isExact ? new Int16Array(shape.samples) : sound;
  const [skipped, md5]: [KnownRecordings['skipped'][number][], string[]] = [[], []];
  for (const [index, file] of files.entries()) {
    const error = attempt(file, bad, () => {
      readRecording(file, shape, sound);
      md5.push(createHash('md5').update(readFileSync(file.path)).digest('hex'));
    });
    if (index % 64 === 63) await new Promise((resolve) => setImmediate(resolve));
    if (error === undefined) {
      if (isExact) for (let n = 0; n < sound.length; n++) record[n] = sound[n]! * 32768;
      append(new Uint8Array(record.buffer));
    } else skipped.push({ index, reason: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) });
  }
  return { skipped, md5 };
}

/** Does something with a file. What is wrong with it is given back, and the file left out. */
export function attempt({ path }: ListedFile, bad: Skipped, use: () => unknown): WavError | undefined {
  try {
    use();
    return undefined;
  } catch (error) {
    if (!(error instanceof WavError)) throw error;
    bad.add(path, error.message, error.hint === undefined ? {} : { hint: error.hint });
    return error;
  }
}

function inMemory(held: Uint8Array, { shape: { samples }, isExact }: ReadingOptions): ReadRecordings['records'] {
  const all = isExact ? new Int16Array(held.buffer) : new Float32Array(held.buffer);
  return (field, first, { length }) => {
    const column: Column = { values: all.subarray(first * samples, (first + length) * samples) };
    return { columns: { [field]: column } };
  };
}

function inFile(path: string, recordBytes: number, { shape, isExact }: ReadingOptions): ReadRecordings['records'] {
  return (field, first) => {
    const options: RecordFile = {
      path,
      start: first * recordBytes,
      fields: [{ name: field, size: shape.samples, type: isExact ? 'int16' : 'float32' }],
      scaled: [],
    };
    return { columns: {}, reader: { type: 'record_file', options } };
  };
}

/** Each is read again when it is wanted. */
function oneByOne(shape: RecordingShape): ReadRecordings['records'] {
  return (field, _, files) => {
    const options: Recordings = { ...shape, field, files };
    return { columns: {}, reader: { type: 'recordings', options } };
  };
}
