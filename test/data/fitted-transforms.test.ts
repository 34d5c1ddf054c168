import { describe, expect, it } from 'vitest';
import { sortedGroups } from '../../src/catalog/fitted-values.js';
import { transforms } from '../../src/catalog/transforms/index.js';
import { byteTable } from '../../src/data/byte-table.js';
import { quantile } from '../../src/data/quantiles.js';
import { userError } from './idx-files.js';

const shape = [2, 3];
const size = 6;
const count = 50;
/** Records of `[2, 3]`: the third channel is larger, the value at place 4 is the same in all. */
const records = Array.from({ length: count }, (_, r) =>
  Array.from({ length: size }, (_, i) => (i === 4 ? 7 : Math.fround(((r * 31 + i * 17) % 23) ** (i % 3 === 2 ? 2 : 1) - 5))),
);

/** In batches of which the last is smaller. */
async function* batches(): AsyncGenerator<Float32Array> {
  for (let start = 0; start < count; start += 8)
    yield await Promise.resolve(Float32Array.from(records.slice(start, start + 8).flat()));
}

/** All records after a transform that was fitted to them, through JSON as in a checkpoint. */
async function transformed(given: object): Promise<number[][]> {
  const { type, ...options } = transforms.schema().parse(given as Record<string, unknown>);
  const definition = transforms.get(type);
  const fitted: unknown = JSON.parse(JSON.stringify((await definition.fit?.(options, shape, batches)) ?? null));
  const change = definition.create(options, shape, fitted);
  const values = Float32Array.from(records.flat());
  const after = change(values) ?? values;
  return records.map((_, r) => [...after.subarray(size * r, size * (r + 1))]);
}

type Group = (r: number, i: number) => boolean;
/** The values that value i of a record is fitted with. */
const fitWith = (axis: string, i: number): number[] => {
  const isOne: Group = (_, k) => axis === 'all' || (axis === 'channel' ? k % 3 === i % 3 : k === i);
  return records.flatMap((values, r) => values.filter((_, k) => isOne(r, k)));
};
const mean = (of: readonly number[]): number => of.reduce((a, b) => a + b, 0) / of.length;
const sorted = (of: readonly number[]): number[] => [...of].sort((a, b) => a - b);
const orOne = (scale: number): number => (scale > 0 ? scale : 1);

const formulas: Record<string, (x: number, known: readonly number[]) => number> = {
  standardize: (x, known) => (x - mean(known)) / orOne(Math.sqrt(mean(known.map((one) => (one - mean(known)) ** 2)))),
  min_max: (x, known) => (x - Math.min(...known)) / orOne(Math.max(...known) - Math.min(...known)),
  robust: (x, known) => (x - quantile(sorted(known), 0.5)) / orOne(quantile(sorted(known), 0.75) - quantile(sorted(known), 0.25)),
  clip: (x, known) => Math.min(quantile(sorted(known), 0.9), Math.max(quantile(sorted(known), 0.2), x)),
};

describe.each(Object.entries(formulas))('%s', (type, formula) => {
  it.each(['channel', 'feature', 'all'])('is its formula over the training part, for each %s', async (axis) => {
    const found = await transformed({ type, axis, ...(type === 'clip' ? { quantiles: [0.2, 0.9] } : {}) });
    records.forEach((values, r) => values.forEach((x, i) => expect(found[r]![i]).toBeCloseTo(formula(x, fitWith(axis, i)), 4)));
  });
});

describe('transforms that are fitted', () => {
  it('cost nothing per batch where records are bytes and channels alone differ', async () => {
    for (const axis of ['channel', 'all']) {
      const definition = transforms.get('standardize');
      const change = definition.create({ axis }, shape, await definition.fit!({ axis }, shape, batches));
      expect(byteTable(shape, [change]).folded).toBe(1);
    }
    const definition = transforms.get('standardize');
    const change = definition.create({ axis: 'feature' }, shape, await definition.fit!({ axis: 'feature' }, shape, batches));
    expect(byteTable(shape, [change]).folded).toBe(0);
  });

  it('look at evenly spaced records where all are too many to be sorted', async () => {
    const [all] = await sortedGroups(1, shape, batches);
    expect([...all!]).toEqual(sorted(records.flat()));
    const [some] = await sortedGroups(1, shape, batches, 100);
    expect([...some!]).toEqual(sorted(records.filter((_, r) => r % 3 === 0).flat()));
  });

  it('log and clip need nothing of the training part', async () => {
    const logs = await transformed({ type: 'log' });
    const clipped = await transformed({ type: 'clip', min: -1, max: 10 });
    const from = await transformed({ type: 'clip', min: 0 });
    records.forEach((values, r) =>
      values.forEach((x, i) => {
        expect(logs[r]![i]).toBeCloseTo(Math.sign(x) * Math.log(1 + Math.abs(x)), 5);
        expect(clipped[r]![i]).toBe(Math.min(10, Math.max(-1, x)));
        expect(from[r]![i]).toBe(Math.max(0, x));
      }),
    );
  });

  it('say what they cannot do', async () => {
    const flat = async function* (): AsyncGenerator<Float32Array> {
      yield await Promise.resolve(Float32Array.from({ length: 24 }, (_, i) => (i === 3 ? 9 : 1)));
    };
    const robust = transforms.get('robust');
    const error = await userError(() => robust.fit!({ axis: 'all' }, shape, flat));
    expect(error.message).toBe('robust: half of the values or more are the same');
    for (const wrong of [
      {},
      { min: 2, max: 1 },
      { quantiles: [0.9, 0.1] },
      { min: 1, quantiles: [0, 1] },
      { quantiles: [0, 2] },
    ]) {
      expect(transforms.schema().safeParse({ type: 'clip', ...wrong }).success).toBe(false);
    }
  });
});
