import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LoadedDataset } from '../../src/catalog/dataset.js';
import { datasets } from '../../src/catalog/datasets/index.js';
import { type SplitPlan, Splitter } from '../../src/data/split.js';
import { temporaryFolder } from './idx-files.js';

const folder = temporaryFolder();
const definition = datasets.get('table');
const count = 300;
const lines = Array.from(
  { length: count },
  (_, i) => `${i},p${i % 29},${2000 + ((i * 37) % count)},${i % 5 === 0 ? 'rare' : 'often'}`,
);
writeFileSync(join(folder, 'all.csv'), ['n,patient,year,y', ...lines].join('\n'));

const load = (plan: Partial<SplitPlan>, options: object = {}): Promise<LoadedDataset> => {
  const splitter = new Splitter({ type: 'random', seed: 0, validation: 0, ...plan });
  const features = { n: { type: 'numeric', scaling: 'none' } };
  const given = definition.options.parse({ path: 'all.csv', target: 'y', features, test: 0.2, ...options });
  return definition.load(given, { folder, cache: folder, log: () => undefined, splitter });
};
/** The rows of each part. */
const partsOf = ({ train, test, validation }: LoadedDataset): { train: number[]; validation: number[]; test: number[] } => {
  const numbers = [...train.columns.input!.values];
  return {
    train: [...validation!.rest].map((i) => numbers[i]!),
    validation: [...validation!.held].map((i) => numbers[i]!),
    test: [...test.columns.input!.values],
  };
};

describe('the parts of a table', () => {
  it('by a group have no group in common, which need be no feature', async () => {
    const parts = partsOf(await load({ type: 'group', column: 'patient', validation: 0.25 }));
    const groups = Object.values(parts).map((rows) => new Set(rows.map((i) => i % 29)));
    expect(groups.reduce((sum, { size }) => sum + size, 0)).toBe(29);
    expect(Math.abs(parts.test.length - 60)).toBeLessThan(12);
    expect(Math.abs(parts.validation.length - 60)).toBeLessThan(12);
  });

  it('by time come one after the other', async () => {
    const { train, validation, test } = partsOf(await load({ type: 'time', column: 'year', validation: 40 }));
    const years = (rows: readonly number[]): number[] => rows.map((i) => 2000 + ((i * 37) % count)).sort((a, b) => a - b);
    expect([...years(train), ...years(validation), ...years(test)]).toEqual(Array.from({ length: count }, (_, i) => 2000 + i));
    expect([validation.length, test.length]).toEqual([40, 60]);
  });

  it('that are stratified have the same share of each class', async () => {
    const parts = partsOf(await load({ type: 'stratified', validation: 0.25 }));
    const shares = Object.values(parts).map((rows) => rows.filter((i) => i % 5 === 0).length / rows.length);
    expect(shares).toEqual([0.2, 0.2, 0.2]);
    expect(parts.test.length).toBe(60);
  });

  it('are apart: what is fitted is fitted to neither the test nor the validation part', async () => {
    const scaled = await load({ validation: 0.25 }, { features: { n: 'numeric' } });
    const values = scaled.train.columns.input!.values;
    const mean = (rows: Uint32Array): number => rows.reduce((sum, i) => sum + values[i]!, 0) / rows.length;
    expect(mean(scaled.validation!.rest)).toBeCloseTo(0, 5);
    expect(Math.abs(mean(scaled.validation!.held))).toBeGreaterThan(1e-3);
    const plain = await load({ validation: 0.25 });
    expect(scaled.validation).toEqual(plain.validation);
    expect(scaled.keys).toEqual(plain.keys);
  });

  it('are the same whichever column comes first, as in JSON lines that leave out what is missing', async () => {
    const rows = Array.from({ length: 60 }, (_, n) => ({
      ...(n % 3 === 0 ? {} : { extra: n % 7 }),
      n,
      y: n % 2 === 0 ? 'a' : 'b',
    }));
    const test = async (name: string, of: readonly object[]): Promise<number[]> => {
      writeFileSync(join(folder, name), of.map((row) => JSON.stringify(row)).join('\n'));
      return partsOf(await load({}, { path: name })).test.sort((a, b) => a - b);
    };
    const expected = await test('first.jsonl', rows);
    expect(expected.length).toBeGreaterThan(2);
    expect(await test('second.jsonl', rows.slice(1))).toEqual(expected.filter((n) => n > 0));
    expect(await test('last.jsonl', rows.toReversed())).toEqual(expected);
  });

  it('of folds are told from the rest, and each row once', async () => {
    const folds = await Promise.all([1, 2, 3, 4].map((number) => load({ fold: { number, of: 4 } })));
    const held = folds.flatMap((fold) => partsOf(fold).validation);
    const { train, validation, test } = partsOf(folds[0]!);
    expect(held.sort((a, b) => a - b)).toEqual([...train, ...validation].sort((a, b) => a - b));
    expect(held.length + test.length).toBe(count);
  });
});
