import { expect } from 'vitest';

/** From here on a float32 is as good as infinite. */
const nearlyInfinite = 3.4e38;

/**
 * The largest difference of two tensors, over the largest absolute value of the expected one. What is not finite must be so in
 * the same places: NaN for NaN, and for an infinity one, or the largest float of its sign.
 */
export function largestError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!];
    if (Number.isNaN(e) ? Number.isNaN(a) : Math.abs(e) === Infinity && a * Math.sign(e) >= nearlyInfinite) continue;
    if (!Number.isFinite(a) || !Number.isFinite(e)) return Infinity;
    difference = Math.max(difference, Math.abs(a - e));
    largest = Math.max(largest, Math.abs(e));
  }
  return difference === 0 ? 0 : difference / largest;
}

/** Fails, naming the tensor, where `largestError` is above the tolerance. */
export function expectClose(what: string, actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  const error = largestError(actual, expected);
  if (error <= tolerance) return;
  const worst = Array.from({ length: expected.length }, (_, i) => i).sort(
    (i, j) => distance(actual[j]!, expected[j]!) - distance(actual[i]!, expected[i]!),
  );
  const examples = worst.slice(0, 4).map((i) => `[${i}] ${actual[i]} for ${expected[i]}`);
  expect.fail(`${what}: error ${error.toExponential(2)} is above ${tolerance}: ${examples.join(', ')}`);
}

const distance = (a: number, e: number): number => {
  const d = Math.abs(a - e);
  return Number.isNaN(d) ? Infinity : d;
};
