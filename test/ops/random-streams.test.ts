import { describe, expect, it } from 'vitest';
import { permutation, randomInteger, randomNormal, randomUniform, streamKey } from '../../src/random.js';

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

describe('permutation', () => {
  it('holds every number once, the same for the same key', () => {
    const order = permutation(1000, 5);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(permutation(1000, 5)).toEqual(order);
    expect(permutation(1000, 6)).not.toEqual(order);
    expect([...permutation(0, 1), ...permutation(1, 1)]).toEqual([0]);
  });

  it('puts every number everywhere equally often', () => {
    const counts = new Float64Array(36);
    const runs = 6000;
    for (let key = 0; key < runs; key++) permutation(6, streamKey(key, 'test')).forEach((n, i) => counts[6 * i + n]!++);
    const chiSquare = counts.reduce((sum, n) => sum + (n - runs / 6) ** 2 / (runs / 6), 0);
    // 25 degrees of freedom: 99.99 % lie below 60.
    expect(chiSquare).toBeLessThan(60);
  });
});
