import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { DatasetError } from '../../data/dataset-error.js';
import type { Column, Examples } from '../../data/field.js';
import { type FileWithTarget, cutFiles, listFiles } from '../../data/labelled-files.js';
import { listNewFiles, requireRecords } from '../../data/new-files.js';
import { fileProvenance } from '../../data/provenance.js';
import type { Recordings } from '../../data/readers/recordings.js';
import { Skipped } from '../../data/skipped.js';
import { type RecordingShape, readHeader, readRecording } from '../../data/sound/recording.js';
import { WavError, type WavFormat, isSixteenBit } from '../../data/sound/wav.js';
import {
  type DatasetContext,
  type FittedContext,
  type LoadedDataset,
  type NewRecords,
  defineDataset,
  logNotes,
} from '../dataset.js';
import { fileNames, fileTarget, lostClasses, requireSome, targetsOf } from '../file-targets.js';
import { obtain } from '../obtain.js';

const options = z.object({
  path: z
    .string()
    .min(1)
    .describe(
      'A folder with a folder of WAV files for each class, or two such folders called train and test; or a table as for `table`, with a ' +
        'column of paths, which start at the folder of the table. From the folder of the config, or npm:<package>/<path>.',
    ),
  obtain,
  test: z
    .union([z.number().gt(0).lt(1), z.string().min(1)])
    .optional()
    .describe(
      'The part of the recordings that is kept for the test, chosen by their content, or the path of another folder or table; by default the ' +
        'folder test, or 0.2.',
    ),
  seed: z.int().nonnegative().default(0).describe('Another number makes another split.'),
  table: z
    .string()
    .min(1)
    .optional()
    .describe('For a table in a database of SQLite: the table or view; by default its only one.'),
  query: z.string().min(1).optional().describe('For a table: SQL over its rows, as for `table`.'),
  audio: z.string().min(1).optional().describe('For a table: the column of paths, by default audio.'),
  target: z
    .string()
    .min(1)
    .optional()
    .describe('For a table: the column of the class or number that is to be told, by default label.'),
  duration: z
    .number()
    .positive()
    .describe('Seconds of a record: longer recordings are cut at their end, shorter ones are followed by silence.'),
  sample_rate: z
    .int()
    .min(100)
    .max(768_000)
    .optional()
    .describe('Samples in a second, to which recordings are brought. By default as they are, if all have the same.'),
  on_error: z
    .enum(['fail', 'skip'])
    .default('fail')
    .describe('What becomes of a file that cannot be used: fail: an error; skip: left out, counted and listed.'),
  memory_mb: z
    .number()
    .nonnegative()
    .default(512)
    .describe('Megabytes that recordings may take in memory. If they take more, each is read again when it is wanted.'),
});
type Options = z.output<typeof options>;

/** What a model was trained on: kept in checkpoints as JSON. */
interface FittedAudio {
  /** In their order; null where a number is told. */
  readonly classes: readonly string[] | null;
  readonly sampleRate: number;
}

const wanted = {
  endings: ['.wav', '.wave'],
  unreadable: ['.mp3', '.flac', '.ogg', '.oga', '.opus', '.m4a', '.aac', '.aif', '.aiff', '.wma', '.au', '.gsm'],
  called: 'recordings',
  one: 'recording',
  column: 'audio',
};

/**
 * Recordings in folders that are called like their classes, or named by a table with a class or a number for each. Input: `[samples]` from -1
 * to 1, the mean of the channels, `duration` seconds from the start of each file; target: the class, in the order of the names, or the number.
 */
export const audio = defineDataset({
  type: 'audio',
  summary: 'Recordings: WAV files of 8 to 64 bits, in a folder for each class or named by a table.',
  options,
  load: read,
  newRecords: { from: 'WAV', read: readNew },
});

async function readNew(given: Options, paths: readonly string[], { fitted }: FittedContext): Promise<NewRecords> {
  const bad = new Skipped(given.on_error);
  const { sampleRate } = fitted.dataset as FittedAudio;
  const shape = shapeOf(given, sampleRate);
  const listed = listNewFiles(paths, wanted, bad);
  const formats = new Map<FileWithTarget, WavFormat>();
  const found = listed.filter((file) => attempt(file, bad, () => formats.set(file, formatOf(file))));
  const { files, records } = await readPart(found, shape, { ...storageOf(formats, shape, given), bad, checksums: new Map() });
  const notes = bad.lines();
  requireRecords(files.length, notes, wanted.called);
  return {
    inputs: { input: { kind: 'number', shape: [shape.samples], sampleRate } },
    records: { length: files.length, ...records },
    names: files.map(({ path }) => path),
    named: 'file',
    notes,
  };
}

const shapeOf = ({ duration }: Options, sampleRate: number): RecordingShape => ({
  sampleRate,
  samples: Math.max(1, Math.round(duration * sampleRate)),
});

/** @throws WavError if there is nothing to be heard in it */
function formatOf(file: FileWithTarget): WavFormat {
  const format = readHeader(file);
  if (format.frames === 0) throw new WavError('has no samples');
  return format;
}

/** How samples are kept: as 16 bits where these hold all of them as they are, and in memory where there is room. */
function storageOf(
  formats: ReadonlyMap<FileWithTarget, WavFormat>,
  { sampleRate, samples }: RecordingShape,
  { memory_mb }: Options,
): Pick<Reading, 'isExact' | 'isHeld'> {
  const isExact = [...formats.values()].every((format) => isSixteenBit(format) && format.sampleRate === sampleRate);
  return { isExact, isHeld: formats.size * samples * (isExact ? 2 : 4) <= memory_mb * 2 ** 20 };
}

async function read(given: Options, context: DatasetContext): Promise<LoadedDataset> {
  const before = (context.fitted?.dataset ?? undefined) as FittedAudio | undefined;
  const target = given.target === undefined ? undefined : { column: given.target };
  const listing = await listFiles(
    { ...given, wanted, target, pathColumn: given.audio, onError: given.on_error, fitted: before, splitter: context.splitter },
    context.folder,
  );
  const { bad, classes } = listing;
  const formats = new Map<FileWithTarget, WavFormat>();
  const withHeader = (file: FileWithTarget): boolean => attempt(file, bad, () => formats.set(file, formatOf(file)));
  const [train, test] = [listing.train.filter(withHeader), listing.test.filter(withHeader)];
  const sampleRate = before?.sampleRate ?? given.sample_rate ?? commonRate(formats);
  const shape = shapeOf(given, sampleRate);
  const storage = storageOf(formats, shape, given);
  const checksums = new Map<FileWithTarget, string>();
  const parts = {
    train: await readPart(train, shape, { ...storage, bad, checksums }),
    test: await readPart(test, shape, { ...storage, bad, checksums }),
  };
  const kept = { train: parts.train.files, test: parts.test.files };
  const notes = [...listing.remarks, ...bad.lines(), ...lostClasses(kept, classes, 'recording')];
  logNotes(context, notes);
  requireSome(kept, 'recording', bad);
  const examples = ({ files, records }: Part): Examples => ({
    length: files.length,
    ...records,
    columns: { ...records.columns, target: targetsOf(files, classes) },
  });
  const all = [...kept.train, ...kept.test];
  return {
    info: {
      inputs: { input: { kind: 'number', shape: [shape.samples], sampleRate } },
      targets: { target: fileTarget(classes) },
      trainLength: kept.train.length,
      testLength: kept.test.length,
    },
    train: examples(parts.train),
    test: examples(parts.test),
    provenance: [
      ...fileProvenance(
        all,
        all.map((file) => checksums.get(file)!),
      ),
      ...bad.provenance(),
    ],
    notes,
    nameOf: fileNames(kept),
    ...cutFiles(kept, (file) => checksums.get(file)!, context.splitter),
    fitted: { classes: classes ?? null, sampleRate } satisfies FittedAudio,
  };
}

/** Whether something can be done with a file; else it is left out. */
function attempt(file: FileWithTarget, bad: Skipped, use: () => unknown): boolean {
  try {
    use();
    return true;
  } catch (error) {
    if (!(error instanceof WavError)) throw error;
    bad.add(file.path, error.message, error.hint === undefined ? {} : { hint: error.hint });
    return false;
  }
}

/** Throws a `DatasetError` if there are several. */
function commonRate(formats: ReadonlyMap<FileWithTarget, WavFormat>): number {
  const rates = [...new Set([...formats.values()].map(({ sampleRate }) => sampleRate))].sort((a, b) => a - b);
  if (rates.length > 1) {
    throw new DatasetError(['sample_rate'], `the recordings have ${rates.join(', ')} samples in a second`, {
      hint: `set sample_rate to what they are to be brought to, for example ${rates[0]}`,
    });
  }
  return rates[0] ?? 8000;
}

interface Part {
  readonly files: readonly FileWithTarget[];
  readonly records: Pick<Examples, 'columns' | 'reader'>;
}

interface Reading {
  /** Whether 16 bits hold all samples as they are. */
  readonly isExact: boolean;
  readonly isHeld: boolean;
  readonly bad: Skipped;
  /** Takes the checksum of each file. */
  readonly checksums: Map<FileWithTarget, string>;
}

/** Reads and checks all files of a part, and keeps their samples where they are to be held. */
async function readPart(files: readonly FileWithTarget[], shape: RecordingShape, reading: Reading): Promise<Part> {
  const { isExact, isHeld, bad, checksums } = reading;
  const { samples } = shape;
  const memory = new SharedArrayBuffer(isHeld ? files.length * samples * (isExact ? 2 : 4) : 0);
  const values = isExact ? new Int16Array(memory) : new Float32Array(memory);
  const sound = new Float32Array(samples);
  const kept: FileWithTarget[] = [];
  for (const [i, file] of files.entries()) {
    const isRead = attempt(file, bad, () => {
      readRecording(file, shape, sound);
      checksums.set(file, createHash('md5').update(readFileSync(file.path)).digest('hex'));
    });
    if (i % 64 === 63) await new Promise((resolve) => setImmediate(resolve));
    if (!isRead) continue;
    if (isHeld) {
      if (isExact) for (let n = 0; n < samples; n++) sound[n] = sound[n]! * 32768;
      values.set(sound, kept.length * samples);
    }
    kept.push(file);
  }
  const column: Column = { values: values.subarray(0, kept.length * samples) };
  const recordings: Recordings = { ...shape, field: 'input', files: kept };
  return {
    files: kept,
    records: isHeld ? { columns: { input: column } } : { columns: {}, reader: { type: 'recordings', options: recordings } },
  };
}
