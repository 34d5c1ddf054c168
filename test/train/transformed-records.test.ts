import { describe, expect, it } from 'vitest';
import type { Field } from '../../src/catalog/dataset.js';
import { transforms } from '../../src/catalog/transforms/index.js';
import { openParts } from '../../src/train/batch-loader.js';
import { type AugmentationSpec, type BatchPlan, openPlan } from '../../src/train/batch-plan.js';
import { transformedOnce } from '../../src/train/transformed-records.js';

const fields: Record<string, Field> = {
  input: { kind: 'number', shape: [200], sampleRate: 8000 },
  target: { kind: 'class', shape: [], classes: 40 },
};
const length = 40;
const chosen = transforms
  .schema()
  .array()
  .parse([
    { type: 'log_mel_spectrogram', fft_size: 64, hop_size: 16, bands: 8, log_floor: 0.001 },
    { type: 'normalize', mean: -3, std: 2 },
  ]);

const records = {
  length,
  columns: {
    input: { values: Int16Array.from({ length: length * 200 }, (_, i) => ((i * i * 31) % 20001) - 10000) },
    target: { values: Uint8Array.from({ length }, (_, i) => i) },
  },
};

const every = (from: number): Uint32Array => Uint32Array.from({ length: length / 2 }, (_, i) => 2 * i + from);

const planOf = (options: Partial<BatchPlan> = {}): BatchPlan => ({
  records,
  fields,
  inputs: ['input'],
  transforms: chosen,
  fitted: [null, null],
  augment: [],
  indices: every(0),
  batchSize: 6,
  seed: 3,
  shuffleSeed: 3,
  ...options,
});

async function batchesOf(plan: BatchPlan): Promise<Record<string, number[]>[]> {
  const source = openPlan(plan);
  const all = [];
  for (let step = 0; step < source.stepsPerEpoch; step++) {
    const { values } = await source.batch(1, step);
    all.push(Object.fromEntries([...values].map(([name, array]) => [name, [...array]])));
  }
  return all;
}

const validation = planOf({ indices: every(1), shuffleSeed: undefined });
const flip = (probability: number) => ({ type: 'random_flip', mode: 'vertical', probability }) as unknown as AugmentationSpec;

describe('records whose transforms are work', () => {
  it('are transformed once, to the same batches', async () => {
    const done = await transformedOnce({ train: planOf(), validation });
    expect(done.train.transforms).toEqual([]);
    expect(done.train.fields.input!.shape).toEqual([13, 8, 1]);
    expect(done.train.records).toBe(done.validation!.records);
    expect(await batchesOf(done.train)).toEqual(await batchesOf(planOf()));
    expect(await batchesOf(done.validation!)).toEqual(await batchesOf(validation));
  });

  it('are transformed anew where that takes too much memory, or where they change at random before', async () => {
    const plans = { train: planOf(), validation };
    expect(await transformedOnce(plans, 40 * 13 * 8 * 4 - 1)).toEqual(plans);
    const random = planOf({ augment: [flip(1)] });
    const done = await transformedOnce({ train: random, validation });
    expect(done.train).toBe(random);
    expect(done.validation!.transforms).toEqual([]);
    expect(await batchesOf(done.validation!)).toEqual(await batchesOf(validation));
  });

  it('leave other plans as they are', async () => {
    const plain = planOf({ transforms: chosen.slice(1), fitted: [null] });
    expect((await transformedOnce({ train: plain, validation: undefined })).train).toBe(plain);
  });

  it('are made by threads, the same as without', async () => {
    const { part } = openParts({ part: planOf() }, { workers: 2, prefetch: 2 });
    try {
      expect(part).not.toBeInstanceOf(openPlan(planOf()).constructor);
      const expected = await batchesOf(planOf());
      for (let step = 0; step < part.stepsPerEpoch; step++) {
        const { values } = await part.batch(1, step);
        expect([...values.get('input')!]).toEqual(expected[step]!.input);
      }
    } finally {
      part.close();
    }
  });
});
