import { describe, expect, it } from 'vitest';
import { permutation, permutedPlace, randomInteger, randomNormal, randomUniform, streamKey } from '../../src/random.js';

const count = 2 ** 16;
const bound = 5 / Math.sqrt(count);
const numbers = (key: number, draw: (key: number, n: number) => number) =>
  Float64Array.from({ length: count }, (_, n) => draw(key, n));
const mean = (values: Float64Array, f: (v: number) => number = (v) => v) =>
  values.reduce((sum, v) => sum + f(v), 0) / values.length;

describe('streamKey', () => {
  it('is another for another seed, purpose, counter or order of counters', () => {
    const keys = [
      streamKey(0, 'shuffle'),
      streamKey(1, 'shuffle'),
      streamKey(2 ** 32, 'shuffle'),
      streamKey(2 ** 32 + 1, 'shuffle'),
      streamKey(0, 'shuffl'),
      streamKey(0, 'shuffle', 0),
      streamKey(0, 'shuffle', 1),
      streamKey(0, 'shuffle', 2 ** 32),
      streamKey(0, 'shuffle', 0, 1),
      streamKey(0, 'shuffle', 1, 0),
      streamKey(0, 'initial/a'),
      streamKey(0, 'initial/b'),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    for (const key of keys) expect(Number.isInteger(key) && key >= 0 && key < 2 ** 32).toBe(true);
  });

  it('collides no more than chance over many steps', () => {
    const keys = new Set(Array.from({ length: count }, (_, step) => streamKey(42, 'dropout', step)));
    // 2^16 of 2^32 values: half a collision is expected.
    expect(keys.size).toBeGreaterThan(count - 5);
  });

  it('stays what it is: runs are resumed and repeated by it', () => {
    expect([streamKey(42, 'shuffle', 3), randomInteger(streamKey(42, 'shuffle', 3), 7)]).toMatchInlineSnapshot(`
      [
        1092367253,
        2813489773,
      ]
    `);
  });
});

describe.each([0, 1, streamKey(1, 'a'), streamKey(1, 'b')])('the stream of key %i', (key) => {
  it('is uniform', () => {
    const u = numbers(key, randomUniform);
    expect(u.every((v) => v >= 0 && v < 1)).toBe(true);
    expect(Math.abs(mean(u) - 0.5)).toBeLessThan(bound / Math.sqrt(12));
    expect(Math.abs(mean(u, (v) => (v - 0.5) ** 2) - 1 / 12)).toBeLessThan(bound / Math.sqrt(180));
    for (const lag of [1, 2, 3, 28, 784]) {
      const products = u.subarray(lag).map((v, i) => 12 * (v - 0.5) * (u[i]! - 0.5));
      expect(Math.abs(mean(products)), `lag ${lag}`).toBeLessThan(1.1 * bound);
    }
  });

  it('is normal by Box and Muller: the first four moments', () => {
    const z = numbers(key, randomNormal);
    expect(Math.abs(mean(z))).toBeLessThan(bound);
    expect(Math.abs(mean(z, (v) => v ** 2) - 1)).toBeLessThan(bound * Math.sqrt(2));
    expect(Math.abs(mean(z, (v) => v ** 3))).toBeLessThan(bound * Math.sqrt(15));
    expect(Math.abs(mean(z, (v) => v ** 4) - 3)).toBeLessThan(bound * Math.sqrt(96));
  });
});

const places = (length: number, key: number): Uint32Array =>
  Uint32Array.from({ length }, (_, place) => permutedPlace(place, length, key));

describe.each([
  ['held', permutation],
  ['computed place by place', places],
])('a permutation that is %s', (_, permutationOf) => {
  it('holds every number once, the same for the same key', () => {
    for (const length of [2, 3, 4, 5, 64, 65, 1000]) {
      const order = permutationOf(length, 5);
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => i));
      expect(permutationOf(length, 5)).toEqual(order);
    }
    expect(permutationOf(1000, 6)).not.toEqual(permutationOf(1000, 5));
    expect([...permutationOf(0, 1), ...permutationOf(1, 1)]).toEqual([0]);
  });

  it('puts every number everywhere equally often', () => {
    // Six parts of the numbers into six parts of the places.
    const counts = new Float64Array(36);
    const runs = 600;
    const part = (n: number): number => Math.floor(n / 100);
    for (let key = 0; key < runs; key++) {
      permutationOf(600, streamKey(key, 'test')).forEach((n, i) => counts[6 * part(i) + part(n)]!++);
    }
    const expected = (runs * 600) / 36;
    const chiSquare = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    // 25 degrees of freedom: 99.99 % lie below 60.
    expect(chiSquare).toBeLessThan(60);
  });

  it('puts no number where its neighbours say', () => {
    // Of 4095 steps between neighbours as many go up as down, and none is much commoner than others.
    const order = permutationOf(4096, 9);
    const steps = Array.from({ length: 4095 }, (_, i) => order[i + 1]! - order[i]!);
    expect(Math.abs(steps.filter((step) => step > 0).length - 4095 / 2)).toBeLessThan(4 * Math.sqrt(4095 / 12));
    const times = new Map<number, number>();
    for (const step of steps) times.set(step, (times.get(step) ?? 0) + 1);
    expect(Math.max(...times.values())).toBeLessThan(12);
  });
});

describe('a permutation of as many records as there may be', () => {
  it('stays within them', () => {
    const length = 2 ** 32 - 5;
    const seen = new Set(Array.from({ length: 10_000 }, (_, i) => permutedPlace(length - 1 - i, length, 3)));
    expect(seen.size).toBe(10_000);
    expect(Math.max(...seen)).toBeLessThan(length);
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(0);
    // Spread evenly: 10,000 of them in sixteen drawers, with 15 degrees of freedom.
    const drawers = new Float64Array(16);
    for (const place of seen) drawers[Math.floor((place / length) * 16)]!++;
    expect(drawers.reduce((sum, n) => sum + (n - 625) ** 2 / 625, 0)).toBeLessThan(45);
  });
});
