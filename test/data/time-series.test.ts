import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DatasetContext, LoadedDataset } from '../../src/catalog/dataset.js';
import { datasets } from '../../src/catalog/datasets/index.js';
import { BatchSource } from '../../src/data/batches.js';
import { DatasetError } from '../../src/data/dataset-error.js';
import { columnOf } from '../../src/data/table-column.js';
import { sortSeries } from '../../src/data/series.js';
import { SplitError, type SplitPlan, Splitter } from '../../src/data/split.js';
import { holdBlockOut, holdLastOut, windowsIn } from '../../src/data/windows.js';
import { temporaryFolder, userError } from './idx-files.js';

const folder = temporaryFolder();
const definition = datasets.get('time_series');
const logged: string[] = [];
const context: DatasetContext = { folder, cache: folder, log: (line) => void logged.push(line) };
const load = (options: object, more: Partial<DatasetContext> = {}): Promise<LoadedDataset> =>
  definition.load(definition.options.parse(options), { ...context, ...more });

function write(name: string, header: string, rows: readonly (readonly (string | number)[])[]): string {
  writeFileSync(join(folder, name), [header, ...rows.map((row) => row.join(','))].join('\n'));
  return name;
}

/** As an experiment would have its records cut. */
const splitBy = (plan: Partial<SplitPlan>) => ({ splitter: new Splitter({ type: 'random', seed: 1, validation: 0, ...plan }) });

/** The hours of all rows that some windows are of: `heat` is the hour, and the first feature. */
async function hoursOf(loaded: LoadedDataset, records: Uint32Array): Promise<number[]> {
  const features = loaded.info.inputs.input!.shape[1]!;
  const found = await recordsOf(loaded, 'train', records);
  return found.flatMap(({ input, target }) => [...input.filter((_, i) => i % features === 0), ...target]);
}

async function refusal(options: object, more: Partial<DatasetContext> = {}): Promise<string> {
  const error = await userError(() => load(options, more));
  expect(error).toBeInstanceOf(DatasetError);
  return `${(error as DatasetError).path.join('.')}: ${error.message}`;
}

/** Inputs and targets of all records of a part. */
async function recordsOf(loaded: LoadedDataset, part: 'train' | 'test', indices?: Uint32Array) {
  const records = loaded[part];
  const fields = { ...loaded.info.inputs, ...loaded.info.targets };
  const all = indices ?? Uint32Array.from({ length: records.length }, (_, i) => i);
  const source = new BatchSource({ records, fields, indices: all, batchSize: 1 });
  const found: { input: number[]; target: number[] }[] = [];
  for (let step = 0; step < source.stepsPerEpoch; step++) {
    const { values } = await source.batch(0, step);
    found.push({ input: [...values.get('input')!], target: [...values.get('target')!] });
  }
  return found;
}

const plain = { standardize: false };
const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const hours = write(
  'hours.csv',
  'hour,heat,rain',
  count(20).map((i) => [i, i, 100 + i]),
);

describe('a time series', () => {
  it('is cut into windows, each with the row after it, and the end of the time is the test', async () => {
    const loaded = await load({ path: hours, time: 'hour', target: 'heat', window: 3, ...plain });
    expect(loaded.info).toEqual({
      inputs: { input: { kind: 'number', shape: [3, 2] } },
      targets: { target: { kind: 'number', shape: [] } },
      trainLength: 13,
      testLength: 1,
    });
    const train = await recordsOf(loaded, 'train');
    expect(train[0]).toEqual({ input: [0, 100, 1, 101, 2, 102], target: [3] });
    expect(train.at(-1)).toEqual({ input: [12, 112, 13, 113, 14, 114], target: [15] });
    expect(await recordsOf(loaded, 'test')).toEqual([{ input: [16, 116, 17, 117, 18, 118], target: [19] }]);
    // The windows lie over each other in one array.
    expect(loaded.train.columns.input!.values).toBe(loaded.test.columns.input!.values);
    expect(loaded.train.columns.input!.values.length).toBe(40);
  });

  it('may be told several steps ahead, of several columns, with a stride', async () => {
    const options = { path: hours, time: 'hour', features: ['rain'], window: 4, horizon: 2, stride: 3, ...plain };
    const loaded = await load({ ...options, target: ['heat', 'rain'], test: 0.4 });
    expect(loaded.info.inputs.input!.shape).toEqual([4, 1]);
    expect(loaded.info.targets.target!.shape).toEqual([2, 2]);
    const train = await recordsOf(loaded, 'train');
    expect(train.map(({ input }) => input[0])).toEqual([100, 103, 106]);
    expect(train[1]).toEqual({ input: [103, 104, 105, 106], target: [7, 107, 8, 108] });
    expect((await load({ ...options, target: 'heat', test: 0.4 })).info.targets.target!.shape).toEqual([2]);
    expect((await load({ ...options, target: ['heat', 'rain'], horizon: 1, test: 0.4 })).info.targets.target!.shape).toEqual([2]);
  });

  it('is sorted by time: dates in any order give the same', async () => {
    const days = count(30).map((i) => [new Date(Date.UTC(2024, 1, 20 + i)).toISOString().slice(0, 10), i, i * i]);
    const shuffled = [...days].sort((a, b) => ((Number(a[1]) * 7) % 30) - ((Number(b[1]) * 7) % 30));
    const options = { time: 'day', target: 'a', window: 5, test: 0.3 };
    const sorted = await load({ path: write('days.csv', 'day,a,b', days), ...options });
    const other = await load({ path: write('shuffled.csv', 'day,a,b', shuffled), ...options });
    expect(await recordsOf(other, 'train')).toEqual(await recordsOf(sorted, 'train'));
    expect(other.fitted).toEqual(sorted.fitted);
  });

  it('is standardised by the training part, which a checkpoint keeps', async () => {
    const loaded = await load({ path: hours, time: 'hour', target: 'heat', window: 3, standardize_target: true });
    const deviation = Math.sqrt((16 * 16 - 1) / 12);
    expect(loaded.fitted).toEqual({
      features: [
        { name: 'heat', mean: 7.5, deviation: expect.closeTo(deviation, 12) as number },
        { name: 'rain', mean: 107.5, deviation: expect.closeTo(deviation, 12) as number },
      ],
      targets: [{ name: 'heat', mean: 7.5, deviation: expect.closeTo(deviation, 12) as number }],
    });
    const [first] = await recordsOf(loaded, 'train');
    expect(first!.input[0]).toBeCloseTo(-7.5 / deviation, 6);
    expect(first!.target[0]).toBeCloseTo(-4.5 / deviation, 6);
    const scaling = (name: string) => ({ name, mean: 1, deviation: 2 });
    const dataset = { features: [scaling('rain')], targets: [{ name: 'heat', mean: 0, deviation: 1 }] };
    const again = await load(
      { path: hours, time: 'hour', target: 'heat', window: 3 },
      { fitted: { info: loaded.info, dataset, transforms: [] } },
    );
    expect(again.fitted).toBe(dataset);
    expect((await recordsOf(again, 'train'))[0]).toEqual({ input: [49.5, 50, 50.5], target: [3] });
  });

  it('of several groups has no window that reaches from one into another', async () => {
    const rows = count(12).flatMap((i) => [
      [i, 'b', 100 + i],
      [i, 'a', i],
    ]);
    const options = { time: 'hour', target: 'heat', window: 2, test: 0.5, ...plain };
    const loaded = await load({ path: write('groups.csv', 'hour,place,heat', rows), group: 'place', ...options });
    const train = await recordsOf(loaded, 'train');
    expect(train.map(({ target }) => target[0])).toEqual([102, 103, 104, 105, 2, 3, 4, 5]);
    expect((await recordsOf(loaded, 'test')).map(({ target }) => target[0])).toEqual([108, 109, 110, 111, 8, 9, 10, 11]);
    expect(await refusal({ path: 'groups.csv', ...options })).toBe('time: rows 1 and 2 have the same time, 0');
  });

  it('has no window over a gap, and says where gaps are', async () => {
    const rows = count(30).filter((i) => i !== 7 && i !== 8 && i !== 20);
    const path = write(
      'gaps.csv',
      'hour,heat',
      rows.map((i) => [i, i]),
    );
    const options = { path, time: 'hour', target: 'heat', window: 2, test: 0.4, ...plain };
    const split = await load(options);
    expect(split.notes).toEqual(['time has 2 gaps: 6 to 9, 19 to 21; windows do not reach over them']);
    expect(logged).toContain(split.notes![0]);
    for (const part of ['train', 'test'] as const) {
      for (const { input, target } of await recordsOf(split, part)) expect(target[0]! - input[0]!).toBe(2);
    }
    const across = await load({ ...options, gaps: 'ignore' });
    expect(across.info.trainLength).toBeGreaterThan(split.info.trainLength);
    const months = write(
      'months.csv',
      'month,heat',
      count(24).map((i) => [`${2020 + Math.floor(i / 12)}-${`${1 + (i % 12)}`.padStart(2, '0')}-01`, i]),
    );
    expect((await load({ ...options, path: months, time: 'month' })).notes).toEqual([]);
  });

  it('holds out the end of the training part, without a row in common with the rest', async () => {
    const options = { path: hours, time: 'hour', target: 'heat', window: 3 };
    const loaded = await load({ ...options, ...plain }, splitBy({ validation: 4 }));
    const { rest, held } = loaded.validation!;
    expect(held.length).toBe(4);
    expect(Math.max(...(await hoursOf(loaded, rest)))).toBeLessThan(Math.min(...(await hoursOf(loaded, held))));
    // Nothing is known of the rows of the validation part.
    const { features } = (await load(options, splitBy({ validation: 4 }))).fitted as { features: { mean: number }[] };
    expect(features[0]!.mean).toBe((Math.min(...(await hoursOf(loaded, held))) - 1) / 2);
    expect(await refusal(options, splitBy({ validation: 12 }))).toBe(
      'window: every training window shares rows with one of the 12 held out for validation',
    );
    expect((await load(options, splitBy({ validation: 0 }))).validation).toBeUndefined();
    const error = await userError(() => load(options, splitBy({ validation: 4, type: 'stratified' })));
    expect(error).toBeInstanceOf(SplitError);
    expect(error.message).toBe(
      'windows over a time series depend on each other: they are held out by their time, and not stratified',
    );
  });

  it('has folds that go forward in time: each is told from what came before it alone', async () => {
    const long = write(
      'long.csv',
      'hour,heat,rain,place',
      count(90).flatMap((i) => [
        [i, i, (i * 7) % 10, 'a'],
        [i, i, (i * 3) % 10, 'b'],
      ]),
    );
    const options = { path: long, time: 'hour', group: 'place', target: 'heat', window: 4, horizon: 2, test: 0.2 };
    let before = { trained: 0, last: -1 };
    const held: number[] = [];
    for (let number = 1; number <= 4; number++) {
      const loaded = await load({ ...options, ...plain }, splitBy({ fold: { number, of: 4 } }));
      const { rest, held: block } = loaded.validation!;
      const [trained, told] = [await hoursOf(loaded, rest), await hoursOf(loaded, block)];
      // No row of one is a row of the other, and what is told comes later.
      expect(Math.max(...trained)).toBeLessThan(Math.min(...told));
      expect(Math.max(...told)).toBeLessThan(72);
      // All that is over before.
      expect(Math.max(...trained)).toBe(Math.min(...told) - 1);
      expect(rest.length).toBeGreaterThan(before.trained);
      expect(Math.min(...told)).toBeGreaterThan(before.last - 6);
      before = { trained: rest.length, last: Math.max(...told) };
      held.push(...block);
      const { features } = (await load(options, splitBy({ fold: { number, of: 4 } }))).fitted as {
        features: { name: string; mean: number }[];
      };
      expect(features.find(({ name }) => name === 'heat')!.mean).toBeCloseTo((Math.min(...told) - 1) / 2, 9);
    }
    const windows = 2 * (72 - 5);
    expect(held.length).toBe(windows - Math.round(windows / 5));
    expect(new Set(held).size).toBe(held.length);
    const folds = (window: number, of: number) => refusal({ ...options, window }, splitBy({ fold: { number: 1, of } }));
    expect(await folds(14, 4)).toMatch(
      /^window: fold 1 of 4 has no window to train on: all of the \d+ that are not for the test either come later or share rows with those that are held out$/,
    );
    expect(await folds(4, 500)).toBe(
      `window: ${windows} training windows cannot be cut into 500 folds, of which each is told from what comes before it`,
    );
  });

  it('fills what is missing with the value before, if that is wanted', async () => {
    const path = write(
      'missing.csv',
      'hour,heat',
      count(12).map((i) => [i, i === 5 ? '' : i]),
    );
    const options = { path, time: 'hour', target: 'heat', window: 2, test: 0.4, ...plain };
    expect(await refusal(options)).toBe('target: row 6, column "heat": the value is missing');
    expect((await userError(() => load(options))).hint).toBe(
      'column "heat": 1 of 12 values is missing: `missing: previous` takes the one before each',
    );
    const rain = write(
      'rain.csv',
      'hour,heat,rain',
      count(12).map((i) => [i, i, i < 2 ? '' : i]),
    );
    expect(await refusal({ ...options, path: rain })).toBe('path: row 1, column "rain": the value is missing');
    expect(await refusal({ ...options, path: rain, features: ['heat', 'rain'] })).toMatch(/^features\.1: /);
    const filled = await recordsOf(await load({ ...options, missing: 'previous' }), 'train');
    expect(filled[3]).toEqual({ input: [3, 4], target: [4] });
    const first = write('first.csv', 'hour,heat', [[0, ''], ...count(9).map((i) => [i + 1, i])]);
    expect(await refusal({ ...options, path: first, missing: 'previous' })).toBe(
      'target: row 1, column "heat": the value is missing, and there is none before it',
    );
  });

  it('leaves out rows that cannot be read, counted and listed, if that is wanted', async () => {
    const bad = new Map([
      [4, [4, 'x', 0]],
      [9, ['soon', 9, 0]],
      [13, [13]],
      [17, [17, 17, '']],
    ]);
    const row = (i: number) => bad.get(i) ?? [i, i, i % 3];
    const path = write('bad.csv', 'hour,heat,rain', count(60).map(row));
    const options = { path, target: 'heat', window: 2, test: 0.4, ...plain };
    expect(await refusal(options)).toMatch(/^path: .*bad\.csv, line 15: expected number of columns: 3 found: 1: "13"/);
    const cleaned = write(
      'cleaned.csv',
      'hour,heat,rain',
      count(60)
        .filter((i) => !bad.has(i))
        .map(row),
    );
    const timed = await load({ ...options, time: 'hour', on_error: 'skip' });
    expect(timed.notes).toEqual([
      'column "rain": 1 of 59 values is missing: their rows are skipped',
      '4 rows skipped:',
      expect.stringMatching(/^ {2}\S*bad\.csv, line 15: expected number of columns: 3 found: 1: "13"$/),
      '  row 5, column "heat": found "x", expected a number',
      '  row 10, column "hour": found "soon", expected a number or a date',
      '  row 18, column "rain": the value is missing',
      'time has 4 gaps: "3" to "5", "8" to "10", "12" to "14", "16" to "18"; windows do not reach over them',
    ]);
    expect(timed.provenance.map(({ skipped }) => skipped)).toEqual([
      undefined,
      ...timed.notes!.slice(2, 6).map((line) => line.trim()),
    ]);
    for (const part of ['train', 'test'] as const) {
      expect(await recordsOf(timed, part)).toEqual(
        await recordsOf(await load({ ...options, path: cleaned, time: 'hour' }), part),
      );
    }
    // Without times the rows that were left out are what tells of gaps.
    const bare = await load({ ...options, features: ['heat'], on_error: 'skip' });
    expect(bare.notes).toContain('time has 2 gaps: row 4 to row 6, row 13 to row 15; windows do not reach over them');
    const inputs = (await recordsOf(bare, 'train')).map(({ input, target }) => [...input, ...target]);
    expect(inputs.every(([a, b, c]) => b === a! + 1 && c === a! + 2)).toBe(true);
    expect(inputs.length).toBeGreaterThan(20);
  });

  it('refuses columns that are not there, times that are none, and what is too short', async () => {
    const options = { path: hours, time: 'hour', target: 'heat', window: 3 };
    expect(await refusal({ ...options, target: 'het' })).toBe('target: the table has no column "het"');
    expect(await refusal({ ...options, features: ['heat', 'x'] })).toBe('features.1: the table has no column "x"');
    expect(await refusal({ ...options, time: 'date' })).toBe('time: the table has no column "date"');
    expect(await refusal({ ...options, window: 30 })).toBe(
      'window: there is no window of 30 + 1 rows in the train part: of 20 rows 20 follow each other at most',
    );
    const words = write('words.csv', 'hour,heat,name', [...count(20).map((i) => [`h${i}`, i, 'x'])]);
    expect(await refusal({ ...options, path: words })).toBe(
      'time: row 1, column "hour": found "h0", expected a number or a date',
    );
    expect(await refusal({ path: words, features: ['name'], target: 'heat', window: 2 })).toBe(
      'features.0: row 1, column "name": found "x", expected a number',
    );
    const late = write('late.csv', 'hour,heat', [...count(20).map((i) => [i === 9 ? 'soon' : i, i])]);
    expect(await refusal({ ...options, path: late })).toBe(
      'time: row 10, column "hour": found "soon", expected a number or a date',
    );
    // A word among numbers is a mistake; a column of words is left out, with a note.
    const marked = (heat: (i: number) => string | number) =>
      write('marked.csv', 'hour,heat,name', [...count(20).map((i) => [i, heat(i), 'x'])]);
    expect(await refusal({ ...options, path: marked((i) => (i === 7 ? '?' : i)) })).toBe(
      'target: row 8, column "heat": found "?", expected a number',
    );
    expect(await refusal({ ...options, path: marked((i) => (i === 7 ? 'inf' : i)) })).toBe(
      'target: row 8, column "heat": found Infinity, expected a number',
    );
    const { notes } = await load({ ...options, path: marked((i) => i) });
    expect(notes).toEqual(['not read, since there are no numbers in them: name']);
    expect(logged).toContain(notes![0]);
    expect(await refusal({ ...options, time: 'day', path: write('days.csv', 'day,heat', [['03/04/2024', 1]]) })).toBe(
      'time: row 1, column "day": found "03/04/2024", expected a number or a date',
    );
    const flat = write(
      'flat.csv',
      'hour,heat,one',
      count(20).map((i) => [i, i, 1]),
    );
    expect(await refusal({ ...options, path: flat })).toBe(
      'features: column "one" is 1 in every row of the training part: nothing can be learnt from it',
    );
  });
});

it('a long series is sorted as any other', () => {
  const length = 300_000;
  const hour = count(length).map((i) => (i * 7919) % length);
  const { clock, segments, gaps, rows } = sortSeries(
    {
      columns: new Map([['hour', columnOf(hour)]]),
      length,
      numberOf: (row) => row + 1,
      nameOf: String,
      source: [],
      lacking: [],
      provenance: [],
    },
    { time: 'hour', acrossGaps: false },
  );
  expect([clock[0], clock[length - 1], rows.length]).toEqual([0, length - 1, length]);
  expect(hour[rows[1]!]).toBe(1);
  expect([segments, gaps]).toEqual([[{ start: 0, end: length }], []]);
});

describe('windows', () => {
  it('lie within their segments', () => {
    const segments = [
      { start: 0, end: 5 },
      { start: 5, end: 8 },
      { start: 8, end: 10 },
    ];
    expect(windowsIn(segments, { window: 2, horizon: 1, stride: 1 })).toEqual(Uint32Array.of(0, 1, 2, 5));
    expect(windowsIn(segments, { window: 1, horizon: 1, stride: 3 })).toEqual(Uint32Array.of(0, 3, 5, 8));
  });

  it('that are held out are the last in time, whatever their order', () => {
    const from = Float64Array.of(4, 0, 2, 6, 8);
    const spans = { from, to: from.map((start) => start + 2) };
    expect(holdLastOut(spans, 2)).toEqual({ rest: Uint32Array.of(1, 2), held: Uint32Array.of(3, 4), border: 6 });
    expect(holdBlockOut(spans, { number: 2, of: 4 })).toEqual({ rest: Uint32Array.of(1), held: Uint32Array.of(0), border: 4 });
  });
});
