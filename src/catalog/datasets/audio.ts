import { join } from 'node:path';
import { z } from 'zod';
import { DatasetError } from '../../data/dataset-error.js';
import type { Examples } from '../../data/field.js';
import { type FileWithTarget, cutFiles, listFiles } from '../../data/labelled-files.js';
import { listNewFiles, requireRecords } from '../../data/new-files.js';
import { fileProvenance } from '../../data/provenance.js';
import { Skipped } from '../../data/skipped.js';
import { type ReadRecordings, type ReadingOptions, attempt, readRecordings } from '../../data/sound/read-recordings.js';
import { type RecordingShape, readHeader } from '../../data/sound/recording.js';
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
import { guessTarget, targetOption } from '../table-target.js';

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
  target: targetOption
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
  cache: z
    .boolean()
    .default(false)
    .describe(
      'Whether samples, brought to the rate and length of records, are kept in the cache folder, until somebody deletes them, and used again ' +
        'while files and options are the same. What memory does not hold is then read from there.',
    ),
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
  const found = listed.filter((file) => attempt(file, bad, () => formats.set(file, formatOf(file))) === undefined);
  const { skipped, records } = await readRecordings(found, { ...storageOf(formats, shape, given), shape, bad, log: () => {} });
  const files = withoutSkipped(found, skipped);
  const notes = bad.lines();
  requireRecords(files.length, notes, wanted.called);
  return {
    inputs: { input: { kind: 'number', shape: [shape.samples], sampleRate } },
    records: { length: files.length, ...records('input', 0, files) },
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
): Pick<ReadingOptions, 'isExact' | 'isHeld'> {
  const isExact = [...formats.values()].every((format) => isSixteenBit(format) && format.sampleRate === sampleRate);
  return { isExact, isHeld: formats.size * samples * (isExact ? 2 : 4) <= memory_mb * 2 ** 20 };
}

async function read(given: Options, context: DatasetContext): Promise<LoadedDataset> {
  const before = (context.fitted?.dataset ?? undefined) as FittedAudio | undefined;
  const listing = await listFiles(
    {
      ...given,
      wanted,
      guess: guessTarget,
      pathColumn: given.audio,
      onError: given.on_error,
      fitted: before,
      splitter: context.splitter,
    },
    context.folder,
  );
  const { bad, classes } = listing;
  const formats = new Map<FileWithTarget, WavFormat>();
  const withHeader = (file: FileWithTarget): boolean => attempt(file, bad, () => formats.set(file, formatOf(file))) === undefined;
  const [train, test] = [listing.train.filter(withHeader), listing.test.filter(withHeader)];
  const sampleRate = before?.sampleRate ?? given.sample_rate ?? commonRate(formats);
  const shape = shapeOf(given, sampleRate);
  const log = (line: string): void => context.log(line);
  const folder = given.cache ? join(context.cache, 'prepared') : undefined;
  const { skipped, md5, records } = await readRecordings([...train, ...test], {
    ...storageOf(formats, shape, given),
    shape,
    folder,
    bad,
    log,
  });
  const kept = {
    train: withoutSkipped(train, skipped),
    test: withoutSkipped(test, skipped, train.length),
  };
  const notes = [...listing.remarks, ...bad.lines(), ...lostClasses(kept, classes, 'recording')];
  logNotes(context, notes);
  requireSome(kept, 'recording', bad);
  const examples = (files: readonly FileWithTarget[], first: number): Examples => {
    const { columns, ...reader } = records('input', first, files);
    return { length: files.length, columns: { ...columns, target: targetsOf(files, classes) }, ...reader };
  };
  const all = [...kept.train, ...kept.test];
  const checksums = new Map(all.map((file, i) => [file, md5[i]!]));
  return {
    info: {
      inputs: { input: { kind: 'number', shape: [shape.samples], sampleRate } },
      targets: { target: fileTarget(classes) },
      trainLength: kept.train.length,
      testLength: kept.test.length,
    },
    train: examples(kept.train, 0),
    test: examples(kept.test, kept.train.length),
    provenance: [...fileProvenance(all, md5), ...bad.provenance()],
    notes,
    nameOf: fileNames(kept),
    ...cutFiles(kept, (file) => checksums.get(file)!, context.splitter),
    fitted: { classes: classes ?? null, sampleRate } satisfies FittedAudio,
  };
}

/** @param before how many other files were read before these */
function withoutSkipped(
  files: readonly FileWithTarget[],
  skipped: ReadRecordings['skipped'],
  before = 0,
): readonly FileWithTarget[] {
  const places = new Set(skipped.map(({ index }) => index));
  return files.filter((_, i) => !places.has(before + i));
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
