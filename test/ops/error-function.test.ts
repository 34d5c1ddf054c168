import { describe, expect, it } from 'vitest';
import { errorFunction } from '../../src/ops/error-function.js';

/** `x -> erf(x)` by mpmath 1.3 with 40 digits, rounded to 17. */
const exact: [x: number, value: number][] = [
  [1e-300, 1.1283791670955126e-300],
  [1e-8, 1.1283791670955126e-8],
  [0.1, 0.1124629160182849],
  [0.3, 0.32862675945912742],
  [0.46875, 0.49261347321793799],
  [0.469, 0.49283989496257967],
  [0.7, 0.67780119383741844],
  [1, 0.84270079294971487],
  [1.5, 0.96610514647531073],
  [2.25, 0.99853728341331885],
  [3, 0.99997790950300141],
  [3.999, 0.99999998445525051],
  [4, 0.9999999845827421],
  [4.001, 0.99999998470921783],
  [5, 0.99999999999846254],
  [5.9, 0.99999999999999993],
  [6.5, 1.0],
  [30, 1.0],
];

describe('errorFunction', () => {
  it.each(exact)('of %d is within 1e-15 of its size', (x, value) => {
    for (const sign of [1, -1]) expect(Math.abs(errorFunction(sign * x) - sign * value)).toBeLessThanOrEqual(1e-15 * value);
  });

  it('is the integral of its derivative, across the borders of its parts', () => {
    for (const border of [0.46875, 4, 6]) {
      for (const [a, b] of [
        [border - 0.01, border + 0.01],
        [border - 1e-3, border],
      ] as const) {
        // Simpson's rule, whose error is below 1e-12 here.
        const slope = (x: number) => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x);
        const integral = ((b - a) / 6) * (slope(a) + 4 * slope((a + b) / 2) + slope(b));
        expect(Math.abs(errorFunction(b) - errorFunction(a) - integral)).toBeLessThan(1e-11);
      }
    }
  });

  it('keeps the sign of zero, and knows infinity and NaN', () => {
    expect(errorFunction(-0)).toBe(-0);
    expect([errorFunction(Infinity), errorFunction(-Infinity), errorFunction(NaN)]).toEqual([1, -1, NaN]);
  });
});
