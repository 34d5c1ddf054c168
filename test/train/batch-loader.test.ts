import { availableParallelism } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import type { Field } from '../../src/catalog/dataset.js';
import type { Batches } from '../../src/data/batches.js';
import { defaultWorkers, openParts } from '../../src/train/batch-loader.js';
import type { AugmentationSpec, BatchPlan } from '../../src/train/batch-plan.js';
import { someBytes } from '../data/idx-files.js';

const fields: Record<string, Field> = {
  input: { kind: 'number', shape: [6, 5, 2] },
  target: { kind: 'class', shape: [], classes: 256 },
};
const rotation = { type: 'random_rotation', degrees: 30, fill: 0, probability: 0.8 } as AugmentationSpec;

function planOf(length: number, options: Partial<BatchPlan> = {}): BatchPlan {
  return {
    records: {
      length,
      columns: { input: { values: someBytes(length * 60) }, target: { values: Uint8Array.from({ length }, (_, i) => i) } },
    },
    fields,
    inputs: ['input'],
    transforms: [{ type: 'normalize', mean: 0.5, std: 0.25 }],
    fitted: [null],
    augment: [rotation],
    indices: Uint32Array.from({ length }, (_, i) => i),
    batchSize: 8,
    shuffleSeed: 3,
    seed: 3,
    ...options,
  };
}

const open: Batches[] = [];
afterEach(() => {
  for (const batches of open.splice(0)) batches.close();
});

function load(plan: BatchPlan, workers?: number, prefetch = 3): Batches {
  const { part } = openParts({ part: plan }, { workers, prefetch });
  open.push(part);
  return part;
}

/** A copy: the next batch overwrites it. */
async function take(batches: Batches, epoch: number, step: number) {
  const { values, size } = await batches.batch(epoch, step);
  return { size, values: Object.fromEntries([...values].map(([name, array]) => [name, Array.from(array)])) };
}

async function takeAll(batches: Batches, epochs: number) {
  const all = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let step = 0; step < batches.stepsPerEpoch; step++) all.push(await take(batches, epoch, step));
  }
  return all;
}

describe('batches made by threads', () => {
  it('are those made without, for any number of threads', async () => {
    const plan = planOf(45);
    const expected = await takeAll(load(plan, 0), 3);
    expect(expected.map(({ size }) => size)).toEqual([8, 8, 8, 8, 8, 5, 8, 8, 8, 8, 8, 5, 8, 8, 8, 8, 8, 5]);
    for (const workers of [1, 3]) expect(await takeAll(load(plan, workers), 3)).toEqual(expected);
  });

  it('are those made without where records are mixed, with a probability for each class', async () => {
    const mixing = [rotation, { type: 'mixup', alpha: 1, probability: 0.7 }, { type: 'cutmix', alpha: 1, probability: 0.5 }];
    const plan = planOf(45, {
      augment: mixing as AugmentationSpec[],
      fields: { ...fields, target: { kind: 'class', shape: [], classes: 45 } },
    });
    const expected = await takeAll(load(plan, 0), 2);
    for (const { size, values } of expected) {
      expect(values.target).toHaveLength(45 * size);
      for (let i = 0; i < size; i++) {
        const sum = values.target!.slice(45 * i, 45 * i + 45).reduce((total, probability) => total + probability, 0);
        expect(sum).toBeCloseTo(1, 5);
      }
    }
    expect(new Set(expected.flatMap(({ values }) => values.target)).size).toBeGreaterThan(10);
    for (const workers of [1, 3]) expect(await takeAll(load(plan, workers), 2)).toEqual(expected);
  });

  it('can be asked for in any order', async () => {
    const plan = planOf(45);
    const [plain, threaded] = [load(plan, 0), load(plan, 2)];
    for (const [epoch, step] of [
      [2, 4],
      [2, 5],
      [3, 0],
      [0, 1],
      [0, 2],
      [0, 2],
      [5, 5],
      [6, 0],
      [0, 0],
    ] as const) {
      expect(await take(threaded, epoch, step)).toEqual(await take(plain, epoch, step));
    }
  });

  it('of a part that is not trained on come again from the start', async () => {
    const plan = planOf(20, { shuffleSeed: undefined, augment: [] });
    const [plain, threaded] = [load(plan, 0), load(plan, 2)];
    for (const step of [0, 1, 2, 0, 1, 2, 0]) expect(await take(threaded, 0, step)).toEqual(await take(plain, 0, step));
  });

  it('are still made for one part when another has no more need of the threads', async () => {
    const plan = planOf(45);
    const { first, second } = openParts({ first: plan, second: plan }, { workers: 1, prefetch: 3 });
    open.push(second);
    const expected = await takeAll(load(plan, 0), 2);
    await take(second, 0, 0);
    await take(first, 0, 0);
    first.close();
    expect(await takeAll(second, 2)).toEqual(expected);
  });

  it('fail with what went wrong, when they are asked for', async () => {
    const plan = planOf(20, {
      records: {
        length: 20,
        columns: { target: planOf(20).records.columns.target! },
        reader: { type: 'record_file', options: { path: '/none/such', start: 0, fields: [], scaled: [] } },
      },
    });
    await expect(load(plan, 1).batch(0, 0)).rejects.toThrow(/ENOENT.*\/none\/such/);
  });
});

describe('augmentation', () => {
  it('changes a record in another way in each epoch, and in the same way wherever in an epoch it comes', async () => {
    const recordsOf = async (plan: BatchPlan, epoch: number) => {
      const found = new Map<number, string>();
      const batches = load(plan, 0);
      for (let step = 0; step < batches.stepsPerEpoch; step++) {
        const { size, values } = await take(batches, epoch, step);
        for (let i = 0; i < size; i++) found.set(values.target![i]!, JSON.stringify(values.input!.slice(i * 60, i * 60 + 60)));
      }
      return found;
    };
    const first = await recordsOf(planOf(45), 0);
    expect(await recordsOf(planOf(45, { batchSize: 7 }), 0)).toEqual(first);
    const otherSeed = await recordsOf(planOf(45, { seed: 4 }), 0);
    const second = await recordsOf(planOf(45), 1);
    const plain = await recordsOf(planOf(45, { augment: [] }), 0);
    const same = (other: Map<number, string>) => [...first].filter(([target, record]) => other.get(target) === record).length;
    // One record in five is left as it is, in each epoch by itself.
    expect(same(plain)).toBeGreaterThan(1);
    expect(same(plain)).toBeLessThan(20);
    expect(same(second)).toBeLessThan(10);
    expect(same(otherSeed)).toBeLessThan(10);
  });

  it('changes a picture and its mask in the same way', async () => {
    const length = 12;
    const picture = Uint8Array.from({ length: length * 64 }, (_, i) => (i * 37) % 11);
    const shared: Record<string, Field> = {
      input: { kind: 'number', shape: [8, 8, 1] },
      mask: { kind: 'class', shape: [8, 8], classes: 11 },
    };
    const flip = { type: 'random_flip', mode: 'both', probability: 1, fields: ['input', 'mask'] } as AugmentationSpec;
    const plan = planOf(length, {
      records: { length, columns: { input: { values: picture }, mask: { values: picture } } },
      fields: shared,
      transforms: [{ type: 'scale', factor: 255, offset: 0 }],
      augment: [flip],
    });
    const { values } = await take(load(plan, 0), 0, 0);
    expect(values.input!.map(Math.round)).toEqual(values.mask);
    const plain = await take(load({ ...plan, augment: [] }, 0), 0, 0);
    expect(values.mask).not.toEqual(plain.values.mask);
    expect([...values.mask!].sort()).toEqual([...plain.values.mask!].sort());
  });
});

describe('the number of threads', () => {
  it('is half of the cores, one at least and four at most', () => {
    expect(defaultWorkers()).toBe(Math.min(4, Math.max(1, Math.floor(availableParallelism() / 2))));
  });
});
