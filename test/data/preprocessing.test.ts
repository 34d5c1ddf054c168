import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FittedData, LoadedDataset } from '../../src/catalog/dataset.js';
import { datasets } from '../../src/catalog/datasets/index.js';
import { DatasetError } from '../../src/data/dataset-error.js';
import { quantile } from '../../src/data/quantiles.js';
import { timeOf } from '../../src/data/time.js';
import { temporaryFolder, userError } from './idx-files.js';

const folder = temporaryFolder();
const definition = datasets.get('table');
let written = 0;
const write = (lines: readonly string[], name = `table-${written++}.csv`): string => {
  writeFileSync(join(folder, name), lines.join('\n'));
  return name;
};

interface Loaded extends LoadedDataset {
  readonly said: readonly string[];
}

async function load(path: string, options: object, fitted?: unknown): Promise<Loaded> {
  const said: string[] = [];
  const context = { folder, cache: folder, log: (line: string) => void said.push(line) };
  const held = fitted === undefined ? undefined : ({ dataset: fitted } as FittedData);
  const loaded = await definition.load(definition.options.parse({ path, target: 'y', ...options }), { ...context, fitted: held });
  return { ...loaded, said };
}

async function refusal(path: string, options: object, fitted?: unknown): Promise<string> {
  const error = await userError(() => load(path, options, fitted));
  expect(error).toBeInstanceOf(DatasetError);
  return `${(error as DatasetError).path.join('.')}: ${error.message}; ${error.hint ?? ''}`;
}

/** What is kept in a checkpoint: JSON, with the keys of every map in the order of their letters. */
const throughCheckpoint = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

/** The input of each record by its first value, which names it; training part and test part. */
function recordsOf({ info, train, test }: LoadedDataset): Map<number, readonly number[]> {
  const width = info.inputs.input!.shape[0]!;
  const all = [train, test].flatMap(({ length, columns }) =>
    Array.from({ length }, (_, i) => [...columns.input!.values.subarray(width * i, width * (i + 1))]),
  );
  return new Map(all.map((values) => [values[0]!, values.slice(1)]));
}

/** The numbers of the records of the training part. */
const trainedOn = ({ train, info }: LoadedDataset): number[] =>
  Array.from({ length: train.length }, (_, i) => train.columns.input!.values[i * info.inputs.input!.shape[0]!]!);

const id = { type: 'numeric', scaling: 'none' };
const count = 120;
const colours = ['red', 'green', 'blue'];
const valueOf = (i: number): number => ((i * 37) % 101) ** 2 / 100 - 20;
const rows = Array.from({ length: count }, (_, i) => `${i},${valueOf(i)},${colours[i % 3]},${i % 2 ? 'odd' : 'even'}`);
const plain = write(['id,x,colour,y', ...rows]);

describe('what a table was fitted to', () => {
  const features = { id, x: 'numeric', colour: 'category', words: { type: 'text', length: 2 } };
  const lines = (from: number, change: (i: number) => [number, string]): string[] =>
    Array.from({ length: count }, (_, k) => {
      const [x, colour] = change(k + from);
      return `${k + from},${x},${colour},the ${colour},${(k + from) % 2 ? 'odd' : 'even'}`;
    });
  const head = 'id,x,colour,words,y';
  const original = lines(0, (i) => [valueOf(i), colours[i % 3]!]);

  it('is applied to the same row in the same way, whatever the rows beside it have become', async () => {
    const path = write([head, ...original]);
    const before = await load(path, { features });
    const fitted = throughCheckpoint(before.fitted);
    // Half of the rows are others: larger numbers, colours and words that nobody has seen.
    const others = lines(1000, (i) => [valueOf(i) * 1000, 'violet']);
    write([head, ...original.filter((_, i) => i % 2 === 0), ...others], path);
    const after = await load(path, { features }, fitted);
    const anew = await load(path, { features });
    const [known, again, changed] = [before, after, anew].map(recordsOf);
    let same = 0;
    for (const [name, values] of known!) {
      if (!again!.has(name)) continue;
      expect(again!.get(name)).toEqual(values);
      expect(changed!.get(name)).not.toEqual(values);
      same++;
    }
    expect(same).toBe(count / 2);
    expect(after.info.inputs).toEqual(before.info.inputs);
    expect(throughCheckpoint(after.fitted)).toEqual(fitted);
    // A colour that is new is none of those known.
    expect(again!.get(1000)!.slice(1)).toEqual([0, 0, 0]);
    const words = after.train.columns.words!.values;
    const vocabulary = (before.info.inputs.words as unknown as { labels: string[] }).labels;
    expect(new Set(words).has(1)).toBe(true);
    expect(vocabulary).not.toContain('violet');
  });

  it('says what the columns are, so that nothing is guessed again', async () => {
    const path = write([head.replace('words,', ''), ...rows]);
    const before = await load(path, {});
    write([head.replace('words,', ''), ...rows.map((row, i) => (i === 3 ? row.replace(/^\d+/, 'none') : row))], path);
    expect(await refusal(path, {}, throughCheckpoint(before.fitted))).toMatch(/^features\.id: row 4, column "id": found "none"/);
    write([head.replace('words,', ''), ...rows.map((row) => row.replace('even', '2').replace('odd', '3'))], path);
    expect(await refusal(path, {}, throughCheckpoint(before.fitted))).toMatch(
      /^target: row \d+, column "y": the training part has no class [23], only even, odd/,
    );
  });

  it('is not laid over other features, nor over a table without them', async () => {
    const fitted = throughCheckpoint((await load(plain, { features: { id, x: 'numeric' } })).fitted);
    expect(await refusal(plain, { features: { id, x: { type: 'numeric', scaling: 'robust' } } }, fitted)).toMatch(
      /^features\.x: the model was trained with .*"standardize".*, and not with .*"robust".*; train it again/,
    );
    expect(await refusal(plain, { features: { id } }, fitted)).toMatch(/^features\.x: .* and not with nothing of it/);
    expect(await refusal(plain, { query: 'SELECT id, y FROM data' }, fitted)).toMatch(
      /^features\.x: the table has no column "x"/,
    );
  });

  it('of a text is its characters', async () => {
    const text = datasets.get('text');
    const read = async (characters: string, fitted?: unknown): Promise<LoadedDataset> => {
      writeFileSync(join(folder, 'text.txt'), characters);
      const held = fitted === undefined ? undefined : ({ dataset: fitted } as FittedData);
      const options = text.options.parse({ path: 'text.txt', sequence_length: 4 });
      return text.load(options, { folder, cache: folder, log: () => undefined, fitted: held });
    };
    const before = await read('abcdefgh'.repeat(20));
    const after = await read('zabcdefgh'.repeat(20), throughCheckpoint(before.fitted));
    expect(after.info.inputs).toEqual(before.info.inputs);
    expect([...after.train.columns.input!.values.subarray(0, 5)]).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('a number', () => {
  const scaled = async (options: object): Promise<[known: number[], of: (x: number) => number]> => {
    const loaded = await load(plain, { features: { id, x: { type: 'numeric', ...options } } });
    const records = recordsOf(loaded);
    const byValue = new Map([...records].map(([i, [x]]) => [valueOf(i), x!]));
    return [trainedOn(loaded).map(valueOf), (x) => byValue.get(x)!];
  };
  const mean = (of: readonly number[]): number => of.reduce((a, b) => a + b, 0) / of.length;
  const deviation = (of: readonly number[]): number => Math.sqrt(mean(of.map((x) => (x - mean(of)) ** 2)));
  const sorted = (of: readonly number[]): number[] => [...of].sort((a, b) => a - b);

  it.each<[object, (x: number, known: readonly number[]) => number]>([
    [{}, (x, known) => (x - mean(known)) / deviation(known)],
    [{ scaling: 'none' }, (x) => x],
    [{ scaling: 'min_max' }, (x, known) => (x - Math.min(...known)) / (Math.max(...known) - Math.min(...known))],
    [
      { scaling: 'robust' },
      (x, known) => (x - quantile(sorted(known), 0.5)) / (quantile(sorted(known), 0.75) - quantile(sorted(known), 0.25)),
    ],
    [
      { scaling: 'log' },
      (x, known) => {
        const log = (y: number): number => Math.sign(y) * Math.log(1 + Math.abs(y));
        return (log(x) - mean(known.map(log))) / deviation(known.map(log));
      },
    ],
    [{ scaling: 'none', clip: [-5, 40] }, (x) => Math.min(40, Math.max(-5, x))],
    [
      { scaling: 'min_max', clip: { quantiles: [0.1, 0.9] } },
      (x, known) => {
        const [low, high] = [quantile(sorted(known), 0.1), quantile(sorted(known), 0.9)];
        return (Math.min(high, Math.max(low, x)) - low) / (high - low);
      },
    ],
  ])('is scaled as %j says', async (options, formula) => {
    const [known, of] = await scaled(options);
    for (let i = 0; i < count; i++) expect(of(valueOf(i))).toBeCloseTo(formula(valueOf(i), known), 4);
  });

  it('has the quantiles of NumPy', () => {
    // numpy.quantile([1, 2, 4, 8], [0, 0.1, 0.25, 0.5, 0.9, 1])
    expect([0, 0.1, 0.25, 0.5, 0.9, 1].map((part) => quantile([1, 2, 4, 8], part))).toEqual(
      [1, 1.3, 1.75, 3, 6.8, 8].map((value) => expect.closeTo(value, 10) as number),
    );
  });

  it('that cannot be scaled is refused', async () => {
    const path = write(['id,x,y', ...Array.from({ length: 60 }, (_, i) => `${i},${i < 3 ? i : 7},${i % 2}`)]);
    const of = (options: object) => refusal(path, { features: { id, x: { type: 'numeric', ...options } } });
    expect(await of({ scaling: 'robust' })).toBe(
      'features.x: column "x" cannot be scaled: half of its values or more are the same; take another `scaling` or `clip`',
    );
    expect(await of({ clip: [10, 11] })).toMatch('column "x" cannot be scaled: between its bounds it is constant');
    expect(await of({ missing: 'constant', fill: 'x' })).toBe('features.x.fill: column "x" has numbers, and "x" is none; ');
    const { success } = definition.options.safeParse({ path, target: 'y', features: { x: { type: 'numeric', clip: [2, 1] } } });
    expect(success).toBe(false);
  });
});

describe('a missing value', () => {
  const gaps = write([
    'id,x,c,t,y',
    ...Array.from(
      { length: 60 },
      (_, i) =>
        `${i},${i === 7 ? '' : i ** 2},${i === 7 ? '' : colours[i % 2]},${i === 7 ? '' : `2024-01-0${1 + (i % 9)} 00:00:00`},${i % 2}`,
    ),
  ]);
  const none = { type: 'numeric', scaling: 'none' };
  const seventh = async (features: object, options: object = {}): Promise<readonly number[]> => {
    for (let seed = 0; ; seed++) {
      const loaded = await load(gaps, { features: { id, ...features }, seed, ...options });
      if (trainedOn(loaded).includes(7)) return recordsOf(loaded).get(7)!;
    }
  };

  it('becomes what the column says, and where it says nothing what the data set says', async () => {
    const loaded = await load(gaps, { features: { id, x: { ...none, missing: 'median' } } });
    const known = trainedOn(loaded)
      .filter((i) => i !== 7)
      .map((i) => i ** 2)
      .sort((a, b) => a - b);
    expect(recordsOf(loaded).get(7)).toEqual([quantile(known, 0.5)]);
    expect(await seventh({ x: { ...none, missing: 'constant', fill: -3 } })).toEqual([-3]);
    expect(await seventh({ x: none }, { missing: 'constant' })).toEqual([0]);
    expect(await seventh({ x: { ...none, missing: 'constant' }, c: 'category' }, { missing: 'mean' })).toEqual([0, 0, 0]);
    expect(await seventh({ c: { type: 'category', missing: 'constant', fill: 'green' } })).toEqual([1, 0]);
    expect(await seventh({ c: { type: 'category', missing: 'constant', fill: 'none' } })).toEqual([0, 0, 1]);
    expect((await load(gaps, { features: { id, x: none, c: 'category' }, missing: 'drop' })).said).toEqual([]);
    const fifty = await load(gaps, { features: { id, c: { type: 'category', missing: 'drop' } } });
    expect(fifty.info.trainLength + fifty.info.testLength).toBe(59);
  });

  it('may be a value of its own', async () => {
    const values = await seventh({ x: { type: 'numeric', missing: 'indicator' }, c: { type: 'category', missing: 'indicator' } });
    expect(values[0]).toBeCloseTo(0, 5);
    expect(values.slice(1)).toEqual([1, 0, 0, 1]);
    const [, other] = await seventh({ t: { type: 'timestamp', parts: ['day'], missing: 'constant' } });
    expect(other).toBe(0);
  });
});

describe('a category', () => {
  it('may be its place, or a bucket', async () => {
    const ordinal = recordsOf(await load(plain, { features: { id, colour: { type: 'category', encoding: 'ordinal' } } }));
    expect([0, 1, 2].map((i) => ordinal.get(i))).toEqual([[3], [2], [1]]);
    const hashed = await load(plain, { features: { id, colour: { type: 'category', encoding: 'hashing', buckets: 5 } } });
    const records = recordsOf(hashed);
    for (let i = 0; i < count; i++) {
      expect([...records.get(i)!].sort()).toEqual([0, 0, 0, 0, 1]);
      expect(records.get(i)).toEqual(records.get(i % 3));
    }
  });

  it('that is new may be an error', async () => {
    const path = write(['c,y', ...Array.from({ length: 60 }, (_, i) => `c${i},${i % 2}`)]);
    expect(await refusal(path, { features: { c: { type: 'category', unseen: 'fail' } } })).toMatch(
      /^features\.c: row \d+, column "c": the training part has no category "c\d+", only c.*; correct the value, or take `unseen: ignore`/,
    );
  });
});

describe('a time', () => {
  it('is read as UTC unless it says otherwise', () => {
    const at = (text: string): string => new Date(timeOf(text)).toISOString();
    expect(at('2024-05-31')).toBe('2024-05-31T00:00:00.000Z');
    expect(at('2024-05-31 18:30')).toBe('2024-05-31T18:30:00.000Z');
    expect(at('2024-05-31T18:30:15.5Z')).toBe('2024-05-31T18:30:15.500Z');
    expect(at('2024-05-31 18:30:00+02')).toBe('2024-05-31T16:30:00.000Z');
    expect(at('2024-05-31 18:30:00-0130')).toBe('2024-05-31T20:00:00.000Z');
    for (const other of ['31.5.2024', '2024-13-01', 'soon', 20240531, null]) expect(timeOf(other)).toBeNaN();
    for (const never of ['2024-02-30', '2023-02-29 10:00', '2024-04-31T00:00Z', '2024-01-32']) expect(timeOf(never)).toBeNaN();
    expect(['2024-02-29', '2024-01-31T10:00+02', '2023-04-30 23:59'].map(at)).toEqual([
      '2024-02-29T00:00:00.000Z',
      '2024-01-31T08:00:00.000Z',
      '2023-04-30T23:59:00.000Z',
    ]);
  });

  const times = write([
    'id,t,y',
    ...Array.from(
      { length: 48 },
      (_, i) => `${i},${2020 + (i % 4)}-0${1 + (i % 9)}-15 ${String(i % 24).padStart(2, '0')}:30:00,${i % 2}`,
    ),
  ]);

  it('becomes parts, on circles or as numbers', async () => {
    const { info } = await load(times, {});
    expect(info.inputs.input!.shape).toEqual([1 + 9]);
    const round = recordsOf(await load(times, { features: { id, t: { type: 'timestamp', parts: ['month', 'hour'] } } }));
    const angle = (place: number): number[] => [Math.sin(2 * Math.PI * place), Math.cos(2 * Math.PI * place)];
    for (const i of [0, 10, 23, 47]) {
      const expected = [...angle((i % 9) / 12), ...angle(((i % 24) + 0.5) / 24)];
      round.get(i)!.forEach((value, k) => expect(value).toBeCloseTo(expected[k]!, 6));
    }
    const options = { type: 'timestamp', parts: ['month', 'day', 'weekday', 'hour'], cyclic: false };
    const straight = recordsOf(await load(times, { features: { id, t: options } }));
    // 2021-02-15 was a Monday.
    straight.get(1)!.forEach((value, k) => expect(value).toBeCloseTo([1 / 12, 14 / 31, 1 / 7, 1.5 / 24][k]!, 6));
    const loaded = await load(times, { features: { id, t: { type: 'timestamp', parts: ['year'] } } });
    const years = trainedOn(loaded).map((i) => recordsOf(loaded).get(i)![0]!);
    expect(years.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 3);
  });

  it('that is none is refused', async () => {
    const path = write(['t,y', ...Array.from({ length: 30 }, (_, i) => `${i}.5.2024,${i % 2}`)]);
    expect(await refusal(path, { features: { t: 'timestamp' } })).toMatch(
      /^features\.t: row 1, column "t": found "0\.5\.2024", expected a date or a time such as 2024-05-31 18:00; make it one/,
    );
  });
});

describe('what was not said is said', () => {
  it('once: the types of columns that were inferred', async () => {
    expect((await load(plain, {})).said).toEqual(['features of the table: numeric id, x; category colour']);
    expect((await load(plain, { features: { x: 'numeric' } })).said).toEqual([]);
    const before = await load(plain, {});
    expect((await load(plain, {}, throughCheckpoint(before.fitted))).said).toEqual([]);
  });
});

describe('rows that cannot be read', () => {
  const marked = write([
    'id,x,y',
    ...Array.from({ length: 100 }, (_, i) => `${i},${i % 4 === 1 ? '?' : i},${i === 2 ? '' : i % 2}`),
  ]);
  const options = { features: { id, x: 'numeric' } };

  it('are skipped, counted and listed where the config says so', async () => {
    const { info, said } = await load(marked, { ...options, on_error: 'skip' });
    expect(info.trainLength + info.testLength).toBe(74);
    expect(said).toHaveLength(22);
    expect(said[0]).toBe('26 rows skipped:');
    expect(said.slice(1, 4)).toEqual([
      '  row 2, column "x": found "?", expected a number',
      '  row 3, column "y": the value is missing',
      '  row 6, column "x": found "?", expected a number',
    ]);
    expect(said.at(-1)).toBe('  and 6 more');
    expect(await refusal(marked, options)).toMatch(/^features\.x: row 2, column "x": found "\?"/);
  });
});
