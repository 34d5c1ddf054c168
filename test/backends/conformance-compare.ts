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

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Buffer => Buffer.from(buffer, byteOffset, byteLength);

/** Fails, naming the tensor and its first difference, unless two runs gave the same tensors to the bit. A thousand times as fast as `toEqual`. */
export function expectSameBits(actual: ReadonlyMap<string, Float32Array>, expected: ReadonlyMap<string, Float32Array>): void {
  expect([...actual.keys()]).toEqual([...expected.keys()]);
  for (const [name, values] of expected) {
    const found = actual.get(name)!;
    if (bytesOf(found).equals(bytesOf(values))) continue;
    const at = values.findIndex((value, i) => !Object.is(value, found[i]));
    expect.fail(`${name} has other bits: [${at}] ${found[at]} for ${values[at]}, of ${found.length} and ${values.length} values`);
  }
}
