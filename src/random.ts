/**
 * Random numbers as pure functions of what they are for: nothing is replayed and nothing depends on the order of calls.
 * A stream is named by (seed, purpose, counters...); its n-th number depends on nothing else.
 */

/** The finaliser of MurmurHash3: mixes 32 bits so that every input bit moves every output bit. */
function mix32(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Folds a seed (up to 2^53), a purpose and counters into one 32-bit key. */
export function streamKey(seed: number, purpose: string, ...counters: number[]): number {
  let key = mix32(seed >>> 0);
  key = mix32(key ^ Math.imul(Math.floor(seed / 2 ** 32), 0x9e3779b1));
  for (let i = 0; i < purpose.length; i++) key = mix32(Math.imul(key, 31) + purpose.charCodeAt(i) + 0x9e3779b9);
  for (const counter of counters) {
    key = mix32(key ^ Math.imul(counter >>> 0, 0x9e3779b1));
    key = mix32(key + Math.floor(counter / 2 ** 32) + 0x7f4a7c15);
  }
  return key;
}

/** The n-th 32-bit integer of a stream. */
export function randomInteger(key: number, n: number): number {
  return mix32(mix32(key + Math.imul(n + 1, 0x9e3779b9)) ^ Math.imul(key, 0x85ebca6b));
}

/** The n-th number of a stream, uniform in [0, 1), with 32 random bits. */
export function randomUniform(key: number, n: number): number {
  return randomInteger(key, n) / 2 ** 32;
}

/**
 * The n-th number of a stream, standard normal (Box and Muller, 1958): `sqrt(-2 ln u) cos(2 pi v)`.
 */
export function randomNormal(key: number, n: number): number {
  const u = (randomInteger(key, 2 * n) + 0.5) / 2 ** 32;
  const v = randomInteger(key, 2 * n + 1) / 2 ** 32;
  return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
}

/** A permutation of 0 … length - 1 (Fisher and Yates), the same for the same key. */
export function permutation(length: number, key: number): Uint32Array {
  const order = new Uint32Array(length);
  for (let i = 0; i < length; i++) order[i] = i;
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(randomUniform(key, i) * (i + 1));
    const held = order[i]!;
    order[i] = order[j]!;
    order[j] = held;
  }
  return order;
}

/**
 * The place-th of a permutation of 0 … length - 1 that takes no memory, for lengths up to 2^32: a Feistel network over the next power of
 * four, applied until the result is below `length` (Black and Rogaway, Ciphers with arbitrary finite domains, 2002).
 */
export function permutedPlace(place: number, length: number, key: number): number {
  const bits = Math.max(1, Math.ceil(Math.log2(length) / 2));
  const mask = 2 ** bits - 1;
  let at = place;
  do {
    let [left, right] = [Math.floor(at / 2 ** bits), at & mask];
    for (let round = 0; round < feistelRounds; round++) {
      [left, right] = [right, left ^ (mix32(mix32(key + Math.imul(round + 1, 0x9e3779b9)) ^ right) & mask)];
    }
    at = left * 2 ** bits + right;
  } while (at >= length);
  return at;
}
const feistelRounds = 6;

/** Numbers of one stream, one after the other: for what draws many at places that nobody else counts. */
export class RandomStream {
  private readonly key: number;
  private next = 0;

  constructor(key: number) {
    this.key = key;
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return randomUniform(this.key, this.next++);
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** A whole number from 0 on, below `end`. */
  below(end: number): number {
    return Math.floor(this.uniform() * end);
  }

  /** Standard normal. Takes the place of two numbers. */
  normal(): number {
    const [u, v] = [1 - this.uniform(), this.uniform()];
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
  }
}
