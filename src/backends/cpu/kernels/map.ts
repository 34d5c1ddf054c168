// Formulas over elements. The host turns a formula into instructions for a machine whose registers are vectors of 512 floats: small
// enough to stay in the first-level cache, long enough that decoding an instruction costs nothing. Adding an activation or an
// optimizer thus needs no kernel.
//
// Parameters: 0 output operand; 2 elements of a unit, 3 registers, 4 inputs, 5 constants, 6 instructions; then the inputs (8 words
// each: kind, operand (2), five words by kind), the constants (1 float each), the instructions (5 words: code, target, a, b, c) and
// the axes of general inputs. Slots number registers, inputs, constants, then the output.

import { errorFunction, exponential, hyperbolicTangent, logarithm } from './functions';
import { operand, word } from './operand';
import { multiplyAdd, splat } from './simd';

const LENGTH: i32 = 512;
const BYTES: usize = LENGTH * 4;
const MOST_SLOTS: usize = 132; // 128, and room for a vector

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
      const value = f32.load(source);
      for (let j: i32 = 0; j < run; j++) f32.store(target + (j << 2), value);
    } else {
      for (let j: i32 = 0; j < run; j++) {
        f32.store(target + (j << 2), f32.load(source));
        source += <usize>stride << 2;
      }
    }
    i += run;
  }
}

function fillAxisIndex(to: usize, start: i32, inner: i32, length: i32, count: i32): void {
  for (let i: i32 = 0; i < count; i++) f32.store(to + (<usize>i << 2), <f32>(((start + i) / inner) % length));
}

// The Feistel network that `random_uniform` is defined as, on four elements at a time, in whole numbers. A round maps the halves
// (low, high) to (mixed, low). `word` is the round's part of the key, its constant and the element's block together.

// @ts-ignore: decorator
@inline
function mix(low: v128, high: v128, word: v128, mask: v128, one: v128): v128 {
  const t = v128.and(i32x4.add(low, word), mask);
  // t and t + 1 fit into the lower half of each lane, so the product of halves is t * (t + 1): faster than that of whole lanes.
  const square = i32x4.dot_i16x8_s(t, i32x4.add(t, one));
  return v128.and(i32x4.add(high, i32x4.shr_u(square, 6)), mask);
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
  const w0 = pinned(word0 + 2531, vector), w1 = pinned(word1 + 1013, vector), w2 = pinned(word2 + 3677, vector);
  const w3 = pinned(word3 + 467, vector), w4 = pinned(word2 + 1931, vector), w5 = pinned(word1 + 3109, vector);
  const w6 = pinned(word0 + 1259, vector);
  let element = i32x4.add(i32x4.splat(start), i32x4(0, 1, 2, 3));
  const end = to + (<usize>count << 2);
  // Two vectors at a time: the rounds of one are a long chain, each link waiting for the last.
  for (; to + 16 < end; to += 32) {
    const next = i32x4.add(element, i32x4.splat(4));
    const a = v128.and(element, mask), a2 = v128.and(next, mask);
    const b = mix(a, v128.and(i32x4.shr_u(element, 12), mask), w0, mask, one), b2 = mix(a2, v128.and(i32x4.shr_u(next, 12), mask), w0, mask, one);
    const c = mix(b, a, w1, mask, one), c2 = mix(b2, a2, w1, mask, one);
    const d = mix(c, b, w2, mask, one), d2 = mix(c2, b2, w2, mask, one);
    const e = mix(d, c, w3, mask, one), e2 = mix(d2, c2, w3, mask, one);
    const f = mix(e, d, w4, mask, one), f2 = mix(e2, d2, w4, mask, one);
    const g = mix(f, e, w5, mask, one), g2 = mix(f2, e2, w5, mask, one);
    const h = mix(g, f, w6, mask, one), h2 = mix(g2, f2, w6, mask, one);
    v128.store(to, f32x4.mul(f32x4.convert_i32x4_s(v128.or(i32x4.shl(g, 12), h)), splat(1.0 / 16777216.0)));
    v128.store(to + 16, f32x4.mul(f32x4.convert_i32x4_s(v128.or(i32x4.shl(g2, 12), h2)), splat(1.0 / 16777216.0)));
    element = i32x4.add(next, i32x4.splat(4));
  }
  for (; to < end; to += 16) {
    const a = v128.and(element, mask);
    const b = mix(a, v128.and(i32x4.shr_u(element, 12), mask), w0, mask, one);
    const c = mix(b, a, w1, mask, one);
    const d = mix(c, b, w2, mask, one);
    const e = mix(d, c, w3, mask, one);
    const f = mix(e, d, w4, mask, one);
    const g = mix(f, e, w5, mask, one);
    const h = mix(g, f, w6, mask, one);
    v128.store(to, f32x4.mul(f32x4.convert_i32x4_s(v128.or(i32x4.shl(g, 12), h)), splat(1.0 / 16777216.0)));
    element = i32x4.add(element, i32x4.splat(4));
  }
}

/** Random numbers for elements `start`, `start + 1`, ... and one key. */
function fillRandom(to: usize, start: i32, key0: i32, key1: i32, count: i32, vector: usize): void {
  fillRandomBlock(to, start, key0, key1, count, vector);
  // What lies beyond a multiple of 2^24 belongs to the next block.
  const next = (start | 0xffffff) + 1;
  if (next < start + count) fillRandomBlock(to + (<usize>(next - start) << 2), next, key0, key1, start + count - next, vector);
}

/** Runs one instruction over `bytes` bytes (a multiple of 16). `vector`: memory for one vector. */
export function execute(code: i32, target: usize, a: usize, b: usize, c: usize, bytes: usize, vector: usize): void {
  const one = splat(1);
  switch (code) {
    case 0: for (let i: usize = 0; i < bytes; i += 16) v128.store(target + i, f32x4.add(v128.load(a + i), v128.load(b + i))); break;
    case 1: for (let i: usize = 0; i < bytes; i += 16) v128.store(target + i, f32x4.sub(v128.load(a + i), v128.load(b + i))); break;
    case 2: for (let i: usize = 0; i < bytes; i += 16) v128.store(target + i, f32x4.mul(v128.load(a + i), v128.load(b + i))); break;
    case 3: for (let i: usize = 0; i < bytes; i += 16) v128.store(target + i, f32x4.div(v128.load(a + i), v128.load(b + i))); break;
    case 4: for (let i: usize = 0; i < bytes; i += 16) v128.store(target + i, f32x4.neg(v128.load(a + i))); break;
    case 5: for (let i: usize = 0; i < bytes; i += 16) v128.store(target + i, f32x4.max(v128.load(a + i), v128.load(b + i))); break;
    case 6: for (let i: usize = 0; i < bytes; i += 16) v128.store(target + i, f32x4.min(v128.load(a + i), v128.load(b + i))); break;
    case 7: for (let i: usize = 0; i < bytes; i += 16) v128.store(target + i, f32x4.abs(v128.load(a + i))); break;
    case 8: for (let i: usize = 0; i < bytes; i += 16) v128.store(target + i, f32x4.sqrt(v128.load(a + i))); break;
    case 9: for (let i: usize = 0; i < bytes; i += 16) v128.store(target + i, exponential(v128.load(a + i))); break;
    case 10: for (let i: usize = 0; i < bytes; i += 16) v128.store(target + i, logarithm(v128.load(a + i))); break;
    case 11: for (let i: usize = 0; i < bytes; i += 16) v128.store(target + i, hyperbolicTangent(v128.load(a + i))); break;
    case 12: for (let i: usize = 0; i < bytes; i += 16) v128.store(target + i, f32x4.floor(v128.load(a + i))); break;
    case 13: for (let i: usize = 0; i < bytes; i += 16) v128.store(target + i, v128.and(one, f32x4.gt(v128.load(a + i), v128.load(b + i)))); break;
    case 14: for (let i: usize = 0; i < bytes; i += 16) v128.store(target + i, v128.and(one, f32x4.ge(v128.load(a + i), v128.load(b + i)))); break;
    case 15: for (let i: usize = 0; i < bytes; i += 16) v128.store(target + i, v128.and(one, f32x4.eq(v128.load(a + i), v128.load(b + i)))); break;
    case 16:
      for (let i: usize = 0; i < bytes; i += 16) {
        v128.store(target + i, v128.bitselect(v128.load(b + i), v128.load(c + i), f32x4.ne(v128.load(a + i), splat(0))));
      }
      break;
    case 18: memory.copy(target, a, bytes); break;
    case 19:
      // Element and key may differ from one to the next.
      for (let i: usize = 0; i < bytes; i += 4) {
        const element = <i32>f32.load(a + i), key0 = <i32>f32.load(b + i), key1 = <i32>f32.load(c + i);
        fillRandomBlock(vector, element, key0, key1, 1, vector);
        f32.store(target + i, f32.load(vector));
      }
      break;
    // 20 to 23: pairs that nearly every step has, in one pass (see `formula.ts`).
    case 20:
      for (let i: usize = 0; i < bytes; i += 16) v128.store(target + i, f32x4.max(f32x4.add(v128.load(a + i), v128.load(b + i)), v128.load(c + i)));
      break;
    case 21:
      for (let i: usize = 0; i < bytes; i += 16) {
        const greater = v128.and(one, f32x4.gt(v128.load(b + i), v128.load(c + i)));
        v128.store(target + i, f32x4.mul(v128.load(a + i), greater));
      }
      break;
    case 22:
      for (let i: usize = 0; i < bytes; i += 16) v128.store(target + i, multiplyAdd(v128.load(b + i), v128.load(c + i), v128.load(a + i)));
      break;
    case 23:
      for (let i: usize = 0; i < bytes; i += 16) v128.store(target + i, multiplyAdd(f32x4.neg(v128.load(b + i)), v128.load(c + i), v128.load(a + i)));
      break;
    case 24: for (let i: usize = 0; i < bytes; i += 16) v128.store(target + i, errorFunction(v128.load(a + i))); break;
    default: unreachable();
  }
}

/** `random_uniform` of the element's own number and a key that is the same for all. */
const RANDOM_OF_ELEMENT: i32 = 17;

export function map(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const output = operand(p, 0, from, local);
  const unit = word(p, 2), registers = word(p, 3), inputs = word(p, 4), constants = word(p, 5), instructions = word(p, 6);
  const slots = scratch, vector = scratch + MOST_SLOTS * 4 - 16;
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
      const filled = min(LENGTH, (end - begin + 3) & ~3);
      for (let j: i32 = 0; j < filled; j += 4) v128.store(next + (<usize>j << 2), value);
    } else if (kind == PERIODIC && isSteady(word(description, 3), begin)) {
      fillPeriodic(next, operand(description, 1, from, local), 0, word(description, 3), LENGTH);
    }
    next += BYTES;
  }
  for (let i: i32 = 0; i < constants; i++) {
    store<usize>(slots + ((registers + inputs + i) << 2), next);
    const value = v128.load32_splat(firstConstant + (<usize>i << 2));
    const filled = min(LENGTH, (end - begin + 3) & ~3);
    for (let j: i32 = 0; j < filled; j += 4) v128.store(next + (<usize>j << 2), value);
    next += BYTES;
  }
  const ragged = next;

  for (let start = begin; start < end; start += LENGTH) {
    const count = min(LENGTH, end - start);
    const bytes = (<usize>count << 2) + 15 & ~15;
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
    const exact = (count & 3) == 0;
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
    if (!exact) for (let i: i32 = 0; i < count; i++) f32.store(target + (i << 2), f32.load(ragged + (i << 2)));
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
