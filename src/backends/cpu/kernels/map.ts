// Formulas over elements. The host turns a formula into instructions for a machine whose registers are vectors of 512 floats: small
// enough to stay in the first-level cache, long enough that decoding an instruction costs nothing. Adding an activation or an
// optimizer thus needs no kernel.
//
// Parameters: 0 output operand; 2 elements of a unit, 3 registers, 4 inputs, 5 constants, 6 instructions; then the inputs (8 words
// each: kind, operand (2), five words by kind), the constants (1 float each), the instructions (5 words: code, target, a, b, c) and
// the axes of general inputs. Slots number registers, inputs, constants, then the output.

import { errorFunction, exponential, hyperbolicTangent, logarithm, sigmoid } from './functions';
import { operand, word } from './operand';
import { greaterOf, lesserOf, multiplyAdd, splat, storePair } from './simd';

const LENGTH: i32 = 512;
const BYTES: usize = LENGTH * 4;
const MOST_SLOTS: usize = 140; // 128, and room for a vector and the words of seven rounds

/** One element after the other, as the output lies. */
const CONTIGUOUS: i32 = 0;
/** One number for all elements. */
const SCALAR: i32 = 1;
/** `period` elements over and over: 3 period. */
const PERIODIC: i32 = 2;
/** Axes with strides: 3 number of axes, 4 word of the first (length, stride) pair. */
const GENERAL: i32 = 3;
/** The position along an axis: 3 elements of the axes inside it, 4 its length. */
const AXIS_INDEX: i32 = 4;
/** The element's number. */
const ELEMENT_INDEX: i32 = 5;

/** Repeats `period` floats, the first being number `start` of them. */
function fillPeriodic(to: usize, from: usize, start: i32, period: i32, count: i32): void {
  let position = start % period;
  let i: i32 = 0;
  while (i < count) {
    const run = min(period - position, count - i);
    const source = from + (<usize>position << 2), target = to + (<usize>i << 2);
    let j: i32 = 0;
    for (; j + 4 <= run; j += 4) v128.store(target + (j << 2), v128.load(source + (j << 2)));
    for (; j < run; j++) f32.store(target + (j << 2), f32.load(source + (j << 2)));
    i += run;
    position = 0;
  }
}

/** Reads along axes with strides, in runs of the last axis. */
function fillGeneral(to: usize, from: usize, start: i32, axes: i32, table: usize, count: i32): void {
  const last = table + (<usize>(axes - 1) << 3);
  const length = i32.load(last), stride = i32.load(last, 4);
  let i: i32 = 0;
  while (i < count) {
    let rest = start + i;
    let position = rest % length;
    rest /= length;
    let offset: i32 = position * stride;
    for (let axis = axes - 2; axis >= 0; axis--) {
      const entry = table + (<usize>axis << 3);
      const size = i32.load(entry);
      offset += (rest % size) * i32.load(entry, 4);
      rest /= size;
    }
    const run = min(length - position, count - i);
    let source = from + (<usize>offset << 2);
    const target = to + (<usize>i << 2);
    if (stride == 0) {
      const value = f32.load(source), values = splat(value);
      let j: i32 = 0;
      for (; j + 4 <= run; j += 4) v128.store(target + (j << 2), values);
      for (; j < run; j++) f32.store(target + (j << 2), value);
    } else if (stride == 1) {
      let j: i32 = 0;
      for (; j + 4 <= run; j += 4) v128.store(target + (j << 2), v128.load(source + (j << 2)));
      for (; j < run; j++) f32.store(target + (j << 2), f32.load(source + (j << 2)));
    } else {
      for (let j: i32 = 0; j < run; j++) {
        f32.store(target + (j << 2), f32.load(source));
        source += <usize>stride << 2;
      }
    }
    i += run;
  }
}

/** Positions along an axis. Divisions cost more than anything else here: there is one for each run of equal or of rising positions. */
function fillAxisIndex(to: usize, start: i32, inner: i32, length: i32, count: i32): void {
  let position = (start / inner) % length;
  let i: i32 = 0;
  if (inner == 1) {
    while (i < count) {
      const run = min(length - position, count - i);
      const target = to + (<usize>i << 2);
      const first = f32x4.add(splat(<f32>position), f32x4(0, 1, 2, 3));
      let j: i32 = 0;
      for (; j + 4 <= run; j += 4) v128.store(target + (j << 2), f32x4.add(first, splat(<f32>j)));
      for (; j < run; j++) f32.store(target + (j << 2), <f32>(position + j));
      i += run;
      position = 0;
    }
    return;
  }
  let left = inner - (start % inner);
  while (i < count) {
    const run = min(left, count - i);
    const target = to + (<usize>i << 2);
    const values = splat(<f32>position);
    let j: i32 = 0;
    for (; j + 4 <= run; j += 4) v128.store(target + (j << 2), values);
    for (; j < run; j++) f32.store(target + (j << 2), <f32>position);
    i += run;
    left = inner;
    position = position + 1 == length ? 0 : position + 1;
  }
}

// The Feistel network that `random_uniform` is defined as, on four elements at a time, in whole numbers. A round maps the halves
// (low, high) to (mixed, low). `word` is the round's part of the key, its constant and the element's block together. Halves are only
// right modulo 4096 until the end: each round cuts its sum anyway.

// @ts-ignore: decorator
@inline
function mix(low: v128, high: v128, word: v128, mask: v128, one: v128): v128 {
  const t = v128.and(i32x4.add(low, word), mask);
  // t and t + 1 fit into the lower half of each lane, so the product of halves is t * (t + 1): faster than that of whole lanes.
  const square = i32x4.dot_i16x8_s(t, i32x4.add(t, one));
  return i32x4.add(high, i32x4.shr_u(square, 6));
}

/** Both halves as a number in [0, 1). */
// @ts-ignore: decorator
@inline
function join(high: v128, low: v128, mask: v128): v128 {
  const whole = v128.or(i32x4.shl(v128.and(high, mask), 12), v128.and(low, mask));
  return f32x4.mul(f32x4.convert_i32x4_s(whole), splat(1.0 / 16777216.0));
}

/** A number in all lanes, by way of memory: the engine would make it anew in every round of a loop if it knew where it came from. */
// @ts-ignore: decorator
@inline
function pinned(value: i32, memory: usize): v128 {
  i32.store(memory, value);
  return v128.load32_splat(memory);
}

/** Random numbers for `count` elements from `start` on and one key. The elements' block (start >> 24) must be one. */
export function fillRandomBlock(to: usize, start: i32, key0: i32, key1: i32, count: i32, vector: usize): void {
  const block = <i32>(<u32>start >> 24);
  const mask = pinned(4095, vector), one = pinned(1, vector);
  const word0 = (key0 & 4095) + block, word1 = (key0 >> 12) + block, word2 = (key1 & 4095) + block, word3 = (key1 >> 12) + block;
  const words = vector + 16;
  i32.store(words, word0 + 2531);
  i32.store(words, word1 + 1013, 4);
  i32.store(words, word2 + 3677, 8);
  i32.store(words, word3 + 467, 12);
  i32.store(words, word2 + 1931, 16);
  i32.store(words, word1 + 3109, 20);
  i32.store(words, word0 + 1259, 24);
  let element = i32x4.add(i32x4.splat(start), i32x4(0, 1, 2, 3));
  const end = to + (<usize>count << 2);
  // Four vectors at a time: the rounds of one are a long chain, each link waiting for the last.
  for (; to + 48 < end; to += 64) {
    const next = i32x4.add(element, i32x4.splat(4)), third = i32x4.add(element, i32x4.splat(8)), fourth = i32x4.add(element, i32x4.splat(12));
    const wb = roundWord(words, 0);
    const b = mix(element, i32x4.shr_u(element, 12), wb, mask, one), b2 = mix(next, i32x4.shr_u(next, 12), wb, mask, one), b3 = mix(third, i32x4.shr_u(third, 12), wb, mask, one), b4 = mix(fourth, i32x4.shr_u(fourth, 12), wb, mask, one);
    const wc = roundWord(words, 1);
    const c = mix(b, element, wc, mask, one), c2 = mix(b2, next, wc, mask, one), c3 = mix(b3, third, wc, mask, one), c4 = mix(b4, fourth, wc, mask, one);
    const wd = roundWord(words, 2);
    const d = mix(c, b, wd, mask, one), d2 = mix(c2, b2, wd, mask, one), d3 = mix(c3, b3, wd, mask, one), d4 = mix(c4, b4, wd, mask, one);
    const we = roundWord(words, 3);
    const e = mix(d, c, we, mask, one), e2 = mix(d2, c2, we, mask, one), e3 = mix(d3, c3, we, mask, one), e4 = mix(d4, c4, we, mask, one);
    const wf = roundWord(words, 4);
    const f = mix(e, d, wf, mask, one), f2 = mix(e2, d2, wf, mask, one), f3 = mix(e3, d3, wf, mask, one), f4 = mix(e4, d4, wf, mask, one);
    const wg = roundWord(words, 5);
    const g = mix(f, e, wg, mask, one), g2 = mix(f2, e2, wg, mask, one), g3 = mix(f3, e3, wg, mask, one), g4 = mix(f4, e4, wg, mask, one);
    const wh = roundWord(words, 6);
    const h = mix(g, f, wh, mask, one), h2 = mix(g2, f2, wh, mask, one), h3 = mix(g3, f3, wh, mask, one), h4 = mix(g4, f4, wh, mask, one);
    v128.store(to, join(g, h, mask));
    v128.store(to + 16, join(g2, h2, mask));
    v128.store(to + 32, join(g3, h3, mask));
    v128.store(to + 48, join(g4, h4, mask));
    element = i32x4.add(element, i32x4.splat(16));
  }
  for (; to < end; to += 16) {
    const wb = roundWord(words, 0);
    const b = mix(element, i32x4.shr_u(element, 12), wb, mask, one);
    const wc = roundWord(words, 1);
    const c = mix(b, element, wc, mask, one);
    const wd = roundWord(words, 2);
    const d = mix(c, b, wd, mask, one);
    const we = roundWord(words, 3);
    const e = mix(d, c, we, mask, one);
    const wf = roundWord(words, 4);
    const f = mix(e, d, wf, mask, one);
    const wg = roundWord(words, 5);
    const g = mix(f, e, wg, mask, one);
    const wh = roundWord(words, 6);
    const h = mix(g, f, wh, mask, one);
    v128.store(to, join(g, h, mask));
    element = i32x4.add(element, i32x4.splat(4));
  }
}

/** A round's word in all lanes, read anew in each turn: the registers are needed for the numbers. */
// @ts-ignore: decorator
@inline
function roundWord(words: usize, round: usize): v128 {
  return v128.load32_splat(words + (round << 2));
}

/** Random numbers for elements `start`, `start + 1`, ... and one key. */
function fillRandom(to: usize, start: i32, key0: i32, key1: i32, count: i32, vector: usize): void {
  fillRandomBlock(to, start, key0, key1, count, vector);
  // What lies beyond a multiple of 2^24 belongs to the next block.
  const next = (start | 0xffffff) + 1;
  if (next < start + count) fillRandomBlock(to + (<usize>(next - start) << 2), next, key0, key1, start + count - next, vector);
}

// What an instruction computes of the elements at the addresses a, b and c. `code` is a constant wherever these are inlined.

// @ts-ignore: decorator
@inline
function ofOne(code: i32, x: v128): v128 {
  if (code == 4) return f32x4.neg(x);
  if (code == 7) return f32x4.abs(x);
  if (code == 8) return f32x4.sqrt(x);
  if (code == 9) return exponential(x);
  if (code == 10) return logarithm(x);
  if (code == 11) return hyperbolicTangent(x);
  if (code == 12) return f32x4.floor(x);
  if (code == 24) return errorFunction(x);
  return sigmoid(x);
}

// @ts-ignore: decorator
@inline
function ofTwo(code: i32, x: v128, y: v128): v128 {
  if (code == 0) return f32x4.add(x, y);
  if (code == 1) return f32x4.sub(x, y);
  if (code == 2) return f32x4.mul(x, y);
  if (code == 3) return f32x4.div(x, y);
  if (code == 5) return greaterOf(x, y);
  if (code == 6) return lesserOf(x, y);
  if (code == 13) return v128.and(splat(1), f32x4.gt(x, y));
  if (code == 14) return v128.and(splat(1), f32x4.ge(x, y));
  return v128.and(splat(1), f32x4.eq(x, y));
}

// @ts-ignore: decorator
@inline
function ofThree(code: i32, x: v128, y: v128, z: v128): v128 {
  if (code == 16) return v128.bitselect(y, z, f32x4.ne(x, splat(0)));
  // Pairs that nearly every step has, in one pass (see `formula.ts`).
  if (code == 20) return greaterOf(f32x4.add(x, y), z);
  if (code == 21) return f32x4.mul(x, v128.and(splat(1), f32x4.gt(y, z)));
  if (code == 22) return multiplyAdd(y, z, x);
  if (code == 23) return multiplyAdd(f32x4.neg(y), z, x);
  return f32x4.mul(f32x4.sub(x, y), z);
}

// Two vectors at a time, the upper one stored first, so that engines can join them to one (see `wide-tiles.ts`).

// @ts-ignore: decorator
@inline
function eachOfOne(code: i32, target: usize, a: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 32) {
    const p = a + i;
    storePair(target + i, ofOne(code, v128.load(p)), ofOne(code, v128.load(p, 16)));
  }
}

// @ts-ignore: decorator
@inline
function eachOfTwo(code: i32, target: usize, a: usize, b: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 32) {
    const p = a + i, q = b + i;
    storePair(target + i, ofTwo(code, v128.load(p), v128.load(q)), ofTwo(code, v128.load(p, 16), v128.load(q, 16)));
  }
}

// @ts-ignore: decorator
@inline
function eachOfThree(code: i32, target: usize, a: usize, b: usize, c: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 32) {
    const p = a + i, q = b + i, r = c + i;
    const lower = ofThree(code, v128.load(p), v128.load(q), v128.load(r));
    storePair(target + i, lower, ofThree(code, v128.load(p, 16), v128.load(q, 16), v128.load(r, 16)));
  }
}

/** Runs one instruction over `bytes` bytes (a multiple of 32). `vector`: memory for one vector. */
export function execute(code: i32, target: usize, a: usize, b: usize, c: usize, bytes: usize, vector: usize): void {
  switch (code) {
    case 0: eachOfTwo(0, target, a, b, bytes); break;
    case 1: eachOfTwo(1, target, a, b, bytes); break;
    case 2: eachOfTwo(2, target, a, b, bytes); break;
    case 3: eachOfTwo(3, target, a, b, bytes); break;
    case 4: eachOfOne(4, target, a, bytes); break;
    case 5: eachOfTwo(5, target, a, b, bytes); break;
    case 6: eachOfTwo(6, target, a, b, bytes); break;
    case 7: eachOfOne(7, target, a, bytes); break;
    case 8: eachOfOne(8, target, a, bytes); break;
    case 9: eachOfOne(9, target, a, bytes); break;
    case 10: eachOfOne(10, target, a, bytes); break;
    case 11: eachOfOne(11, target, a, bytes); break;
    case 12: eachOfOne(12, target, a, bytes); break;
    case 13: eachOfTwo(13, target, a, b, bytes); break;
    case 14: eachOfTwo(14, target, a, b, bytes); break;
    case 15: eachOfTwo(15, target, a, b, bytes); break;
    case 16: eachOfThree(16, target, a, b, c, bytes); break;
    case 18: memory.copy(target, a, bytes); break;
    case 19:
      // Element and key may differ from one to the next.
      for (let i: usize = 0; i < bytes; i += 4) {
        const element = <i32>f32.load(a + i), key0 = <i32>f32.load(b + i), key1 = <i32>f32.load(c + i);
        fillRandomBlock(vector, element, key0, key1, 1, vector);
        f32.store(target + i, f32.load(vector));
      }
      break;
    case 20: eachOfThree(20, target, a, b, c, bytes); break;
    case 21: eachOfThree(21, target, a, b, c, bytes); break;
    case 22: eachOfThree(22, target, a, b, c, bytes); break;
    case 23: eachOfThree(23, target, a, b, c, bytes); break;
    case 24: eachOfOne(24, target, a, bytes); break;
    case 25: eachOfOne(25, target, a, bytes); break;
    case 26: eachOfThree(26, target, a, b, c, bytes); break;
    default: unreachable();
  }
}

/** `random_uniform` of the element's own number and a key that is the same for all. */
const RANDOM_OF_ELEMENT: i32 = 17;

export function map(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const output = operand(p, 0, from, local);
  const unit = word(p, 2), registers = word(p, 3), inputs = word(p, 4), constants = word(p, 5), instructions = word(p, 6);
  const slots = scratch, vector = scratch + 128 * 4;
  let next = scratch + MOST_SLOTS * 4;
  const firstInput = p + 28, firstConstant = firstInput + (<usize>inputs << 5);
  const firstInstruction = firstConstant + (<usize>constants << 2);
  const begin = from * unit, end = to * unit;
  const outputSlot = registers + inputs + constants;

  for (let i: i32 = 0; i < registers; i++) {
    store<usize>(slots + (i << 2), next);
    next += BYTES;
  }
  // What does not change from one stretch of elements to the next is laid out once.
  for (let i: i32 = 0; i < inputs; i++) {
    const description = firstInput + (<usize>i << 5);
    const kind = word(description, 0);
    store<usize>(slots + ((registers + i) << 2), next);
    if (kind == CONTIGUOUS) continue;
    if (kind == SCALAR) {
      const value = loadScalar(description, from, local);
      const filled = min(LENGTH, (end - begin + 7) & ~7);
      for (let j: i32 = 0; j < filled; j += 4) v128.store(next + (<usize>j << 2), value);
    } else if (kind == PERIODIC && isSteady(word(description, 3), begin)) {
      fillPeriodic(next, operand(description, 1, from, local), 0, word(description, 3), LENGTH);
    }
    next += BYTES;
  }
  for (let i: i32 = 0; i < constants; i++) {
    store<usize>(slots + ((registers + inputs + i) << 2), next);
    const value = v128.load32_splat(firstConstant + (<usize>i << 2));
    const filled = min(LENGTH, (end - begin + 7) & ~7);
    for (let j: i32 = 0; j < filled; j += 4) v128.store(next + (<usize>j << 2), value);
    next += BYTES;
  }
  const ragged = next;

  for (let start = begin; start < end; start += LENGTH) {
    const count = min(LENGTH, end - start);
    const bytes = (<usize>count << 2) + 31 & ~31;
    for (let i: i32 = 0; i < inputs; i++) {
      const description = firstInput + (<usize>i << 5);
      const slot = slots + ((registers + i) << 2);
      switch (word(description, 0)) {
        case CONTIGUOUS:
          store<usize>(slot, operand(description, 1, from, local) + (<usize>start << 2));
          break;
        case PERIODIC:
          if (!isSteady(word(description, 3), begin)) fillPeriodic(load<usize>(slot), operand(description, 1, from, local), start, word(description, 3), count);
          break;
        case GENERAL:
          fillGeneral(load<usize>(slot), operand(description, 1, from, local), start, word(description, 3), p + (<usize>word(description, 4) << 2), count);
          break;
        case AXIS_INDEX:
          fillAxisIndex(load<usize>(slot), start, word(description, 3), word(description, 4), count);
          break;
        case ELEMENT_INDEX:
          fillAxisIndex(load<usize>(slot), start, 1, 0x7fffffff, count);
          break;
      }
    }
    // Vectors must not run over the end of this chunk, where another thread may be writing.
    const exact = (count & 7) == 0;
    const target = output + (<usize>start << 2);
    store<usize>(slots + (outputSlot << 2), exact ? target : ragged);
    for (let i: i32 = 0; i < instructions; i++) {
      const instruction = firstInstruction + <usize>i * 20;
      const into = load<usize>(slots + (word(instruction, 1) << 2));
      const a = load<usize>(slots + (word(instruction, 2) << 2));
      const b = load<usize>(slots + (word(instruction, 3) << 2));
      const c = load<usize>(slots + (word(instruction, 4) << 2));
      if (word(instruction, 0) == RANDOM_OF_ELEMENT) fillRandom(into, start, <i32>f32.load(b), <i32>f32.load(c), count, vector);
      else execute(word(instruction, 0), into, a, b, c, bytes, vector);
    }
    if (!exact) memory.copy(target, ragged, <usize>count << 2);
  }
}

// @ts-ignore: decorator
@inline
function loadScalar(description: usize, from: i32, local: usize): v128 {
  return v128.load32_splat(operand(description, 1, from, local));
}

/** Whether every stretch of elements starts at the same place of the period. */
// @ts-ignore: decorator
@inline
function isSteady(period: i32, begin: i32): bool {
  return LENGTH % period == 0 && begin % period == 0;
}
