import { z } from 'zod';
import { listOf, shown } from '../../data/categories.js';
import { DatasetError } from '../../data/dataset-error.js';
import type { Examples, Field } from '../../data/field.js';
import { locateFiles } from '../../data/locate.js';
import { requireRecords } from '../../data/new-files.js';
import { type Series, sortSeries } from '../../data/series.js';
import { sharedFloats } from '../../data/shared.js';
import { skippedLines, skippedRowsProvenance } from '../../data/skipped.js';
import { SplitError, type SplitPlan, validationCount } from '../../data/split.js';
import { type Table, areDatabases, readTable } from '../../data/table.js';
import type { Cell } from '../../data/table-column.js';
import { type HeldOut, type Segment, type Spans, holdBlockOut, holdLastOut, windowsIn } from '../../data/windows.js';
import {
  type DatasetContext,
  type FittedContext,
  type LoadedDataset,
  type NewRecords,
  defineDataset,
  logNotes,
} from '../dataset.js';
import { missingNotes } from '../missing-values.js';
import { areMostlyNumbers } from '../mostly-numbers.js';
import { seriesRows } from '../series-rows.js';
import { checkNewColumns } from '../table-features.js';
import { tableFiles } from '../table-options.js';

const column = z.string().min(1);

const options = z.object({
  ...tableFiles,
  query: z.string().min(1).optional().describe('SQL over the table `data`, which has all rows of the files, as for `table`.'),
  time: column
    .optional()
    .describe('The column of times, numbers or dates, by which rows are sorted. Without it they are in their order already.'),
  group: column.optional().describe('The column that tells series apart. Windows do not reach from one into another.'),
  features: z
    .array(column)
    .min(1)
    .optional()
    .describe('The columns that the model reads, numbers; by default all that hold numbers alone, the target too.'),
  target: z
    .union([column.transform((name) => [name]), z.array(column).min(1)])
    .describe('The column that is to be told, or several.'),
  window: z.int().positive().describe('Rows that the model reads.'),
  horizon: z.int().positive().default(1).describe('How many rows after them are to be told.'),
  stride: z.int().positive().default(1).describe('Rows from the start of one window to the start of the next.'),
  test: z.number().gt(0).lt(1).default(0.2).describe('The part at the end of the time that is kept for the test.'),
  standardize: z
    .boolean()
    .default(true)
    .describe('Whether each feature gets mean 0 and standard deviation 1 over the training part.'),
  standardize_target: z
    .boolean()
    .default(false)
    .describe('Whether the target gets them too. Losses are then in standard deviations; metrics and predictions are not.'),
  missing: z
    .enum(['fail', 'previous'])
    .default('fail')
    .describe('What becomes of a missing value: fail: an error; previous: the last one before it.'),
  gaps: z
    .enum(['split', 'ignore'])
    .default('split')
    .describe(
      'Where time goes on by more than it usually does: split: no window reaches over it; ignore: as if nothing were missing.',
    ),
  on_error: z
    .enum(['fail', 'skip'])
    .default('fail')
    .describe(
      'What becomes of rows that cannot be read: an error, or left out, counted and the first 20 of them listed. Without `time` each is a gap.',
    ),
});
type Options = z.output<typeof options>;

/** A column, and what its numbers become: `(x - mean) / deviation`. */
interface Scaling {
  readonly name: string;
  readonly mean: number;
  readonly deviation: number;
}

/** What a series was fitted to: kept in checkpoints as JSON. */
interface FittedSeries {
  /** What the files had, of which a query may have made something else. */
  readonly columns?: readonly string[];
  readonly features: readonly Scaling[];
  readonly targets: readonly Scaling[];
}

/**
 * Windows over a table whose rows follow each other in time. Input: `[window, features]`; target: the `horizon` rows after it, `[horizon,
 * targets]` without axes of length 1. The test part is the last in time, and so is what is held out for validation; windows that reach over a
 * border are in no part. Folds go forward in time: each is told from all before it. Means and deviations are those of the rows that are
 * trained on.
 */
export const timeSeries = defineDataset({
  type: 'time_series',
  summary: 'Windows over a table whose rows follow each other in time: from some rows those after them are to be told.',
  options,
  load: read,
  newRecords: { from: 'CSV, TSV, JSON, JSON lines, Parquet or SQLite', read: readNew },
});

/** The last window of each series: what comes after it is to be told. */
async function readNew(given: Options, paths: readonly string[], { folder, fitted }: FittedContext): Promise<NewRecords> {
  const files = paths.flatMap((path) => locateFiles(path, folder));
  const { features, columns: expected } = fitted.dataset as FittedSeries;
  const skipped = skippedRows(given);
  const table = await readTable(files, {
    ...given,
    skipped: skipped.add,
    table: areDatabases(files) ? given.table : undefined,
    expected: given.query === undefined ? undefined : expected,
  });
  const columns = features.map(({ name }) => name);
  const lacking = checkNewColumns(table, columns);
  requireColumns(table, columns, { ...given, target: [] });
  const readable = skipped.add && seriesRows(table, columns, given, skipped.add);
  const series = sortSeries(table, { ...given, acrossGaps: given.gaps === 'ignore', readable });
  const cells = (name: string | undefined) => (name === undefined ? undefined : table.columns.get(name)!);
  const [times, groups] = [cells(given.time), cells(given.group)];
  const groupAt = (place: number): Cell => groups?.at(series.rows[place]!) ?? null;
  const isLast = ({ end }: Segment): boolean => end === series.rows.length || groupAt(end) !== groupAt(end - 1);
  const lasts = series.segments.filter(isLast);
  const usable = lasts.filter(({ start, end }) => end - start >= given.window);
  const nameOf = ({ end }: Segment): string => {
    const row = series.rows[end - 1]!;
    return [groups?.at(row), times?.at(row) ?? table.nameOf(row)].filter((part) => part !== undefined).join(' ');
  };
  const short = lasts
    .filter((segment) => !usable.includes(segment))
    .map(
      (segment) =>
        `after ${nameOf(segment)}: ${segment.end - segment.start} rows follow each other, fewer than the window of ${given.window}`,
    );
  const notes = [...lacking, ...skipped.lines(), ...short];
  requireRecords(usable.length, notes, 'series');
  const numbers = new Map(columns.map((name) => [name, numbersOf(table, series, name, given)]));
  const starts = Uint32Array.from(usable, ({ end }) => (end - given.window) * columns.length);
  return {
    inputs: { input: { kind: 'number', shape: [given.window, columns.length] } },
    records: { length: usable.length, columns: { input: { values: scaled(features, numbers, series.rows.length), starts } } },
    names: usable.map(nameOf),
    named: 'after',
    notes,
  };
}

async function read(given: Options, context: DatasetContext): Promise<LoadedDataset> {
  const skipped = skippedRows(given);
  const files = locateFiles(given.path, context.folder);
  const table = await readTable(files, { ...given, skipped: skipped.add });
  const before = (context.fitted?.dataset ?? undefined) as FittedSeries | undefined;
  const features = before?.features.map(({ name }) => name) ?? chooseFeatures(table, given);
  requireColumns(table, features, given);
  const readable = skipped.add && seriesRows(table, [...new Set([...features, ...given.target])], given, skipped.add);
  const series = sortSeries(table, { ...given, acrossGaps: given.gaps === 'ignore', readable });
  const notes = [...skipped.lines(), ...describeGaps(series, given), ...describeUnread(table, features, given)];
  logNotes(context, notes);

  const border = borderOf(series, given.test);
  const starts = windowsIn(series.segments, given);
  const endOf = (start: number): number => series.clock[start + given.window + given.horizon - 1]!;
  const train = starts.filter((start) => endOf(start) < border);
  const test = starts.filter((start) => series.clock[start]! >= border);
  for (const [part, { length }] of Object.entries({ train, test })) if (length === 0) throw noWindow(part, series, given);
  const spans = { from: Float64Array.from(train, (start) => series.clock[start]!), to: Float64Array.from(train, endOf) };
  const held = holdOut(spans, context.splitter?.plan);
  // Nothing is known of what comes after the windows that are trained on.
  const isTrained = (place: number): boolean => series.clock[place]! < (held?.border ?? border);
  const numbers = new Map(
    [...new Set([...features, ...given.target])].map((name) => [name, numbersOf(table, series, name, given)]),
  );
  const fit = (name: string, key: 'features' | 'target', isScaled: boolean): Scaling =>
    isScaled
      ? fitScaling(
          name,
          key,
          numbers.get(name)!.filter((_, place) => isTrained(place)),
        )
      : { name, mean: 0, deviation: 1 };
  const fitted: FittedSeries = before ?? {
    features: features.map((name) => fit(name, 'features', given.standardize)),
    targets: given.target.map((name) => fit(name, 'target', given.standardize_target)),
    ...(given.query === undefined ? {} : { columns: table.source }),
  };
  const becomes = given.missing === 'previous' ? 'each becomes the one before it' : 'their rows are skipped';
  const missing = missingNotes([...numbers.keys()].map((name) => ({ name, cells: table.columns.get(name)!, becomes })));
  const inputs = scaled(fitted.features, numbers, series.rows.length);
  const targets = scaled(fitted.targets, numbers, series.rows.length);

  const examples = (chosen: Uint32Array): Examples => ({
    length: chosen.length,
    columns: {
      input: { values: inputs, starts: chosen.map((start) => start * features.length) },
      target: { values: targets, starts: chosen.map((start) => (start + given.window) * given.target.length) },
    },
  });
  const shape = [given.horizon, given.target.length].filter((length) => length > 1);
  const target: Field = { kind: 'number', shape, ...(given.standardize_target ? { scale: scaleOf(fitted.targets) } : {}) };
  return {
    info: {
      inputs: { input: { kind: 'number', shape: [given.window, features.length] } },
      targets: { target },
      trainLength: train.length,
      testLength: test.length,
    },
    train: examples(train),
    test: examples(test),
    ...(held === undefined ? {} : { validation: { rest: held.rest, held: held.held } }),
    provenance: [...table.provenance, ...skippedRowsProvenance(files[0]!, skipped.found)],
    notes: [...missing, ...notes],
    valueNames: { input: features },
    fitted,
  };
}

/** Takes the rows that are left out; nothing where these are errors. */
function skippedRows({ on_error }: Options): { found: string[]; add?: (line: string) => void; lines: () => string[] } {
  const found: string[] = [];
  const lines = (): string[] => skippedLines(found, ['row', 'rows']);
  return { found, lines, ...(on_error === 'skip' ? { add: (line: string) => void found.push(line) } : {}) };
}

const isText = (cell: Cell): boolean => typeof cell === 'string';

/** All columns of numbers but the times and the groups. Of those with a few words the rows with words will be told of. */
function chooseFeatures(table: Table, { features, time, group }: Options): readonly string[] {
  if (features !== undefined) return features;
  const chosen = [...table.columns].filter(
    ([name, cells]) =>
      name !== time && name !== group && (!cells.some(isText) || areMostlyNumbers(cells)) && cells.some((cell) => cell !== null),
  );
  if (chosen.length === 0) throw new DatasetError(['path'], 'the table has no column of numbers: the model would read nothing');
  return chosen.map(([name]) => name);
}

function requireColumns({ columns }: Table, features: readonly string[], { target, time, group }: Options): void {
  const names = [...columns.keys()];
  const require = (name: string | undefined, path: readonly (string | number)[]): void => {
    if (name === undefined || columns.has(name)) return;
    const hint = names.length === 0 ? 'it is empty' : `it has ${listOf(names)}`;
    throw new DatasetError(path, `the table has no column "${name}"`, { hint, unknown: { word: name, names } });
  };
  features.forEach((name, i) => require(name, ['features', i]));
  for (const name of target) require(name, ['target']);
  require(time, ['time']);
  require(group, ['group']);
}

/** The columns that are not read though nothing says so. */
function describeUnread({ columns }: Table, read: readonly string[], { features, target, time, group }: Options): string[] {
  const known = new Set([...read, ...target, time, group]);
  const unread = [...columns.keys()].filter((name) => !known.has(name));
  if (features !== undefined || unread.length === 0) return [];
  return [`not read, since there are no numbers in them: ${listOf(unread)}`];
}

function describeGaps({ gaps }: Series, { gaps: policy }: Options): string[] {
  if (gaps.length === 0) return [];
  const [few, more] = [gaps.slice(0, 5), gaps.length - 5];
  const listed = [...few, ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
  const places = gaps.length === 1 ? 'time has a gap' : `time has ${gaps.length} gaps`;
  return [`${places}: ${listed}; windows ${policy === 'split' ? 'do not reach over them' : 'reach over them'}`];
}

/** The time from which on rows are for the test. */
function borderOf({ clock }: Series, test: number): number {
  const sorted = Float64Array.from(clock).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * (1 - test)))] ?? 0;
}

/** The values of a column in the order of the series. */
function numbersOf(table: Table, { rows, segments }: Series, name: string, { missing, features, target }: Options): Float64Array {
  const cells = table.columns.get(name)!;
  const place = features?.indexOf(name) ?? -1;
  // Columns that nobody names are those of the table.
  const path = place >= 0 ? ['features', place] : [target.includes(name) ? 'target' : 'path'];
  const firsts = new Set(segments.map(({ start }) => start));
  const values = new Float64Array(rows.length);
  for (const [i, row] of rows.entries()) {
    const cell = cells.at(row);
    const where = `${table.nameOf(row)}, column "${name}"`;
    if (cell === null) {
      if (missing === 'fail') {
        const [all] = missingNotes([{ name, cells, becomes: '`missing: previous` takes the one before each' }]);
        throw new DatasetError(path, `${where}: the value is missing`, { hint: all! });
      }
      if (firsts.has(i)) throw new DatasetError(path, `${where}: the value is missing, and there is none before it`);
      values[i] = values[i - 1]!;
      continue;
    }
    const value = typeof cell === 'string' && cell.trim() !== '' ? Number(cell) : cell;
    if (typeof value !== 'number' || !Number.isFinite(Math.fround(value))) {
      throw new DatasetError(path, `${where}: found ${shown(cell)}, expected a number`, {
        hint: "leave the column out, or make it a number in the query; a mark for what is missing becomes so with NULLIF(x, '?')",
      });
    }
    values[i] = value;
  }
  return values;
}

function fitScaling(name: string, key: 'features' | 'target', values: Float64Array): Scaling {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.every((value) => value === values[0])) {
    throw new DatasetError(
      [key],
      `column "${name}" is ${values[0]} in every row of the training part: nothing can be learnt from it`,
      {
        hint: `leave the column out, or say \`${key === 'target' ? 'standardize_target' : 'standardize'}: false\``,
      },
    );
  }
  return { name, mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
}

/** What is to be told may be one number: then it has no axis. */
const scaleOf = (targets: readonly Scaling[]) => ({
  mean: targets.map(({ mean }) => mean),
  deviation: targets.map(({ deviation }) => deviation),
});

/** `[rows, columns]` */
function scaled(columns: readonly Scaling[], numbers: ReadonlyMap<string, Float64Array>, rows: number): Float32Array {
  const values = sharedFloats(rows * columns.length);
  columns.forEach(({ name, mean, deviation }, place) => {
    numbers.get(name)!.forEach((value, row) => (values[row * columns.length + place] = (value - mean) / deviation));
  });
  return values;
}

function noWindow(part: string, { rows, segments, gaps }: Series, { window, horizon, gaps: policy }: Options): DatasetError {
  const longest = segments.reduce((most, { start, end }) => Math.max(most, end - start), 0);
  return new DatasetError(
    ['window'],
    `there is no window of ${window} + ${horizon} rows in the ${part} part: of ${rows.length} rows ${longest} follow each other at most`,
    {
      hint:
        gaps.length > 0 && policy === 'split'
          ? 'take a smaller window or another `test`, or `gaps: ignore`'
          : 'take a smaller window or another `test`',
    },
  );
}

/**
 * The windows that are held out for validation: the last in time, or those of a fold after all that it is trained on.
 * @returns nothing where none is to be held out, or more than there are
 */
function holdOut(spans: Spans, plan: SplitPlan | undefined): HeldOut | undefined {
  if (plan === undefined) return undefined;
  const { type, fold } = plan;
  const { length } = spans.from;
  const count = validationCount(plan.validation, length);
  if (fold === undefined && (count === 0 || count >= length)) return undefined;
  if (type !== 'random' && type !== 'index') {
    throw new SplitError(
      [],
      `windows over a time series depend on each other: they are held out by their time, and not ${type}`,
      'leave `split` out',
    );
  }
  const held = fold === undefined ? holdLastOut(spans, count) : holdBlockOut(spans, fold);
  if (held.rest.length > 0 && held.held.length > 0) return held;
  if (fold === undefined) {
    throw new DatasetError(['window'], `every training window shares rows with one of the ${count} held out for validation`, {
      hint: 'take a smaller window, or set validation to less',
    });
  }
  throw new DatasetError(
    ['window'],
    length <= fold.of
      ? `${length} training windows cannot be cut into ${fold.of} folds, of which each is told from what comes before it`
      : `fold ${fold.number} of ${fold.of} has no window to train on: all of the ${length} that are not for the test either come later or share rows with those that are held out`,
    { hint: 'take fewer folds, a smaller window, or a smaller `stride`' },
  );
}
