import { describe, expect, it } from 'vitest';
import { primitives } from '../../src/ops/primitives.js';

const { evaluate } = primitives.random_uniform;
const count = 2 ** 16;
const keys = [
  [0, 0],
  [1, 0],
  [4096, 0],
  [0, 1],
  [0, 4096],
  [2 ** 24 - 1, 2 ** 24 - 1],
  [8211234, 1234567],
] as const;

const sequence = (key0: number, key1: number, start = 0): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => evaluate(start + i, key0, key1));

/** Of independent numbers the result is normal with variance 1 / count. */
function correlation(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - 0.5) * (b[i]! - 0.5);
  return (12 * sum) / a.length;
}

/** Five standard deviations: over all the comparisons below, chance would pass it once in ten thousand suites. */
const bound = 5 / Math.sqrt(count);

/** Chi-square of counts that should be equal, as standard deviations from what chance gives. */
function deviation(counts: Float64Array, total: number): number {
  const expected = total / counts.length;
  const chiSquare = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
  return (chiSquare - (counts.length - 1)) / Math.sqrt(2 * (counts.length - 1));
}

describe.each(keys)('random_uniform with key (%i, %i)', (key0, key1) => {
  const numbers = sequence(key0, key1);

  it('gives multiples of 2^-24 in [0, 1), all different among neighbours', () => {
    expect(numbers.every((u) => u >= 0 && u < 1 && Number.isInteger(u * 2 ** 24))).toBe(true);
    expect(new Set(numbers).size).toBe(count);
  });

  it('has the mean and the variance of the uniform distribution', () => {
    const mean = numbers.reduce((sum, u) => sum + u, 0) / count;
    const variance = numbers.reduce((sum, u) => sum + (u - mean) ** 2, 0) / count;
    expect(Math.abs(mean - 1 / 2)).toBeLessThan(bound / Math.sqrt(12));
    // The variance of (u - 1/2)^2 is 1/180.
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(bound / Math.sqrt(180));
  });

  it('fills 256 equal intervals, and 16 x 16 squares with pairs of neighbours, evenly', () => {
    const intervals = new Float64Array(256);
    const squares = new Float64Array(256);
    numbers.forEach((u, i) => {
      intervals[Math.floor(u * 256)]!++;
      if (i % 2 === 1) squares[Math.floor(u * 16) * 16 + Math.floor(numbers[i - 1]! * 16)]!++;
    });
    expect(Math.abs(deviation(intervals, count))).toBeLessThan(5);
    expect(Math.abs(deviation(squares, count / 2))).toBeLessThan(5);
  });

  it('does not correlate with itself at any lag an image row or a channel could have', () => {
    for (const lag of [1, 2, 3, 4, 7, 8, 10, 16, 24, 26, 28, 32, 64, 128, 144, 576, 784, 1024, 4096, 9216, 16384]) {
      const r = correlation(numbers.subarray(lag), numbers.subarray(0, count - lag));
      expect(Math.abs(r), `lag ${lag}`).toBeLessThan(5 / Math.sqrt(count - lag));
    }
  });

  it('does not correlate with neighbouring keys', () => {
    const wrap = (n: number): number => (n + 2 ** 24) % 2 ** 24;
    for (const [d0, d1] of [
      [1, 0],
      [-1, 0],
      [2, 0],
      [4096, 0],
      [0, 1],
      [0, -1],
      [0, 4096],
      [1, 1],
    ] as const) {
      const r = correlation(numbers, sequence(wrap(key0 + d0), wrap(key1 + d1)));
      expect(Math.abs(r), `key + (${d0}, ${d1})`).toBeLessThan(bound);
    }
  });

  it('is another sequence beyond 2^24 elements', () => {
    expect(Math.abs(correlation(numbers, sequence(key0, key1, 2 ** 24)))).toBeLessThan(bound);
  });
});
