import { errorFunction } from './error-function.js';

/** A scalar function and what it computes, in float64. */
export interface Primitive {
  readonly arity: number;
  evaluate(...args: number[]): number;
}

const boolean = (value: boolean): number => (value ? 1 : 0);

/** Every scalar function a formula may use. A backend renders exactly these. Comparisons give 1 or 0. */
export const primitives = {
  add: { arity: 2, evaluate: (a: number, b: number) => a + b },
  subtract: { arity: 2, evaluate: (a: number, b: number) => a - b },
  multiply: { arity: 2, evaluate: (a: number, b: number) => a * b },
  divide: { arity: 2, evaluate: (a: number, b: number) => a / b },
  negate: { arity: 1, evaluate: (a: number) => -a },
  /** NaN if either argument is NaN. */
  maximum: { arity: 2, evaluate: (a: number, b: number) => Math.max(a, b) },
  minimum: { arity: 2, evaluate: (a: number, b: number) => Math.min(a, b) },
  absolute: { arity: 1, evaluate: (a: number) => Math.abs(a) },
  square_root: { arity: 1, evaluate: (a: number) => Math.sqrt(a) },
  exponential: { arity: 1, evaluate: (a: number) => Math.exp(a) },
  logarithm: { arity: 1, evaluate: (a: number) => Math.log(a) },
  hyperbolic_tangent: { arity: 1, evaluate: (a: number) => Math.tanh(a) },
  /** `1 / (1 + exp(-a))` */
  sigmoid: { arity: 1, evaluate: (a: number) => 1 / (1 + Math.exp(-a)) },
  error_function: { arity: 1, evaluate: errorFunction },
  floor: { arity: 1, evaluate: (a: number) => Math.floor(a) },
  greater: { arity: 2, evaluate: (a: number, b: number) => boolean(a > b) },
  greater_equal: { arity: 2, evaluate: (a: number, b: number) => boolean(a >= b) },
  equal: { arity: 2, evaluate: (a: number, b: number) => boolean(a === b) },
  /** `select(condition, a, b)`: a where the condition is not 0, else b. The other one is not looked at, NaN or not. */
  select: { arity: 3, evaluate: (condition: number, a: number, b: number) => (condition !== 0 ? a : b) },
  /**
   * `random_uniform(element, key0, key1)`: a number of [0, 1) in steps of 2^-24, a function of the element's index and a
   * 48-bit key in two whole numbers below 2^24. A Feistel network of seven rounds over two halves of 12 bits, with the middle
   * bits of a square as its round function: every intermediate value is a whole number below 2^24, so that float32, float64
   * and integer arithmetic give the same bits on every device. Within one key the numbers of 2^24 neighbours are all different.
   */
  random_uniform: { arity: 3, evaluate: randomUniform24 },
} as const satisfies Record<string, Primitive>;

export type PrimitiveName = keyof typeof primitives;

/**
 * Each round adds one of the key's four 12-bit words (lowest first) and a constant of the round's own. Three rounds follow the
 * first use of every word: with two, the masks of keys that differ by 1 in that word correlate (by 0.04).
 */
export const randomRounds = [
  { word: 0, constant: 2531 },
  { word: 1, constant: 1013 },
  { word: 2, constant: 3677 },
  { word: 3, constant: 467 },
  { word: 2, constant: 1931 },
  { word: 1, constant: 3109 },
  { word: 0, constant: 1259 },
] as const;

function randomUniform24(element: number, key0: number, key1: number): number {
  const words = [key0 % 4096, Math.floor(key0 / 4096), key1 % 4096, Math.floor(key1 / 4096)];
  const block = Math.floor(element / 2 ** 24);
  let low = element % 4096;
  let high = Math.floor(element / 4096) % 4096;
  for (const round of randomRounds) {
    const t = (low + words[round.word]! + round.constant + block) % 4096;
    const mixed = (high + Math.floor((t * t + t) / 64)) % 4096;
    high = low;
    low = mixed;
  }
  return (high * 4096 + low) / 2 ** 24;
}
