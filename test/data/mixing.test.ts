import { describe, expect, it } from 'vitest';
import { isMixing } from '../../src/catalog/augmentation.js';
import { augmentations } from '../../src/catalog/augmentations/index.js';
import { drawBeta } from '../../src/catalog/beta.js';
import { Mixer, type RecordMixing, mixByShare } from '../../src/data/mixing.js';
import type { Field } from '../../src/data/field.js';
import { RandomStream, streamKey } from '../../src/random.js';

describe('Beta(alpha, alpha)', () => {
  // Distribution functions in closed form; that of 0.5 is the arcsine law.
  it.each<[number, (x: number) => number]>([
    [0.5, (x) => (2 / Math.PI) * Math.asin(Math.sqrt(x))],
    [1, (x) => x],
    [2, (x) => 3 * x ** 2 - 2 * x ** 3],
    [3, (x) => x ** 3 * (10 - 15 * x + 6 * x ** 2)],
  ])('with alpha %s has its distribution (Kolmogorov and Smirnov)', (alpha, cumulative) => {
    const count = 20_000;
    const drawn = Array.from({ length: count }, (_, i) => drawBeta(alpha, new RandomStream(streamKey(1, 'beta', i)))).sort(
      (a, b) => a - b,
    );
    const distance = Math.max(...drawn.map((x, i) => Math.abs(cumulative(x) - (i + 0.5) / count)));
    // One in a thousand samples of the distribution itself is further away.
    expect(distance).toBeLessThan(1.95 / Math.sqrt(count));
  });

  it.each([0.01, 0.1, 0.2, 100])('with alpha %s has its variance, 1 / (8 alpha + 4), and stays within 0 and 1', (alpha) => {
    const count = 20_000;
    const drawn = Array.from({ length: count }, (_, i) => drawBeta(alpha, new RandomStream(streamKey(2, 'beta', i))));
    expect(drawn.every((x) => x >= 0 && x <= 1)).toBe(true);
    const mean = drawn.reduce((sum, x) => sum + x, 0) / count;
    const variance = drawn.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count;
    expect(mean).toBeCloseTo(0.5, 1);
    expect(Math.abs(variance * (8 * alpha + 4) - 1)).toBeLessThan(0.05);
  });
});

const picture: Field = { kind: 'number', shape: [6, 5, 2] };

function mixingOf(type: string, options: object = {}): RecordMixing {
  const definition = augmentations.get(type);
  if (!isMixing(definition)) throw new Error(`${type} mixes nothing`);
  return definition.mix(definition.options.parse(options), picture);
}

describe('cutmix', () => {
  it('puts a rectangle of the other picture into each, and tells what is left', () => {
    const mix = mixingOf('cutmix');
    const shares: number[] = [];
    for (let seed = 0; seed < 300; seed++) {
      const values = new Float32Array(60);
      const share = mix(values, new Float32Array(60).fill(1), new RandomStream(streamKey(seed, 'pair')));
      const rows = Array.from({ length: 6 }, (_, y) => values.slice(y * 10, y * 10 + 10));
      const changed = rows.filter((row) => row.includes(1));
      // Every row that is changed is so at the same columns, all channels of them.
      expect(new Set(changed.map((row) => row.join())).size).toBeLessThanOrEqual(1);
      expect(values.join('')).toMatch(/^(00|11)*$/);
      const first = rows.findIndex((row) => row.includes(1));
      expect(rows.slice(first, first + changed.length).every((row) => row.includes(1))).toBe(true);
      expect(share).toBeCloseTo(1 - values.reduce((sum, value) => sum + value, 0) / 60, 12);
      shares.push(share);
    }
    // Half of a side is a whole number of pixels: the largest rectangle is 4 × 6 of these 5 × 6.
    expect(Math.min(...shares)).toBeLessThan(0.5);
    expect(Math.max(...shares)).toBeGreaterThan(0.9);
  });
});

describe('a batch that is mixed', () => {
  const records = Uint32Array.of(7, 3, 9, 4, 12, 5);
  const place = { seed: 1, epoch: 2, step: 3, records };
  const batch = () =>
    new Map([
      ['input', Float32Array.from(records)],
      ['again', Float32Array.from(records, (record) => 100 * record)],
      ['label', Float32Array.of(0, 1, 2, 3, 2, 1)],
      ['height', Float32Array.from(records, (record) => -record)],
    ]);
  const targets = new Map([
    ['label', 4],
    ['height', undefined],
  ]);
  const half: RecordMixing = (values, other, random) => {
    const share = random.uniform();
    mixByShare(values, other, share);
    return share;
  };
  const mixed = (probability: number, at = place, times = 1) => {
    const mixing = {
      inputs: new Map([
        ['input', half],
        ['again', half],
      ]),
      probability,
      purpose: '0',
    };
    const mixer = new Mixer([mixing], targets);
    let values = batch();
    for (let time = 0; time < times; time++) mixer.mix((values = batch()), at);
    return values;
  };

  it('has inputs and targets in the same shares, of the same partner', () => {
    const values = mixed(1);
    const label = values.get('label')!;
    const original = batch();
    let pairs = 0;
    for (let i = 0; i < records.length; i++) {
      expect(values.get('again')![i]! / 100).toBeCloseTo(values.get('input')![i]!, 4);
      expect(values.get('height')![i]).toBeCloseTo(-values.get('input')![i]!, 4);
      const probabilities = Array.from(label.subarray(4 * i, 4 * i + 4));
      expect(probabilities.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 6);
      const own = records[i]!;
      const found = [...records].some((partner, j) => {
        if (partner === own) return false;
        const share = (values.get('input')![i]! - partner) / (own - partner);
        const expected = [0, 0, 0, 0];
        expected[original.get('label')![i]!]! += share;
        expected[original.get('label')![j]!]! += 1 - share;
        return share >= 0 && share <= 1 && expected.every((one, k) => Math.abs(one - probabilities[k]!) < 1e-4);
      });
      expect(found, `record ${own}`).toBe(true);
      pairs++;
    }
    expect(pairs).toBe(6);
  });

  it('is the same each time, and another in another epoch, step and with another seed', () => {
    expect(mixed(1, place, 3)).toEqual(mixed(1));
    for (const other of [{ epoch: 0 }, { step: 0 }, { seed: 2 }]) {
      expect(mixed(1, { ...place, ...other }).get('input')).not.toEqual(mixed(1).get('input'));
    }
  });

  it('has records that stay as they are, as often as the probability says', () => {
    let [kept, all] = [0, 0];
    for (let step = 0; step < 300; step++) {
      const values = mixed(0.25, { ...place, step, records: records.map((record) => record + 13 * step) });
      values.get('input')!.forEach((value, i) => (kept += +(value === records[i])));
      all += records.length;
    }
    expect(Math.abs(kept / all - 0.75)).toBeLessThan(0.05);
  });
});
