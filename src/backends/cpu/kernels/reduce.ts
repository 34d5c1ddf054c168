// Sums and maxima of [units][rows][columns] over the rows.
//
// Parameters: 0 input operand, 2 output operand [units][columns]; 4 rows of a unit, 5 columns, 6 rows in all (the last unit may
// have fewer), 7 whether the maximum is taken, 8 reductions of a unit.
//
// The order of summation is fixed: four partial sums for a single column, row after row for several.

import { operand, word } from './operand';
import { greaterOf, splat } from './simd';

// @ts-ignore: decorator
@inline
function combine(a: v128, b: v128, maximum: bool): v128 {
  return maximum ? greaterOf(a, b) : f32x4.add(a, b);
}

// @ts-ignore: decorator
@inline
function combineScalars(a: f32, b: f32, maximum: bool): f32 {
  return maximum ? max(a, b) : a + b;
}

// @ts-ignore: decorator
@inline
function reduceLine(from: usize, count: i32, maximum: bool): f32 {
  const start: f32 = maximum ? -Infinity : 0;
  let a = splat(start), b = a, c = a, d = a;
  let i: i32 = 0;
  for (; i + 16 <= count; i += 16) {
    const address = from + (<usize>i << 2);
    a = combine(a, v128.load(address), maximum);
    b = combine(b, v128.load(address, 16), maximum);
    c = combine(c, v128.load(address, 32), maximum);
    d = combine(d, v128.load(address, 48), maximum);
  }
  a = combine(combine(a, b, maximum), combine(c, d, maximum), maximum);
  let result = combineScalars(
    combineScalars(f32x4.extract_lane(a, 0), f32x4.extract_lane(a, 1), maximum),
    combineScalars(f32x4.extract_lane(a, 2), f32x4.extract_lane(a, 3), maximum),
    maximum,
  );
  for (; i < count; i++) result = combineScalars(result, f32.load(from + (<usize>i << 2)), maximum);
  return result;
}

// @ts-ignore: decorator
@inline
function reduceColumns(from: usize, rows: i32, columns: i32, to: usize, maximum: bool): void {
  const start: f32 = maximum ? -Infinity : 0;
  const stride = <usize>columns << 2;
  let j: i32 = 0;
  for (; j + 16 <= columns; j += 16) {
    let a = splat(start), b = a, c = a, d = a;
    let address = from + (<usize>j << 2);
    for (let i: i32 = 0; i < rows; i++) {
      a = combine(a, v128.load(address), maximum);
      b = combine(b, v128.load(address, 16), maximum);
      c = combine(c, v128.load(address, 32), maximum);
      d = combine(d, v128.load(address, 48), maximum);
      address += stride;
    }
    const target = to + (<usize>j << 2);
    v128.store(target, a);
    v128.store(target, b, 16);
    v128.store(target, c, 32);
    v128.store(target, d, 48);
  }
  for (; j < columns; j++) {
    let sum = start;
    let address = from + (<usize>j << 2);
    for (let i: i32 = 0; i < rows; i++) {
      sum = combineScalars(sum, f32.load(address), maximum);
      address += stride;
    }
    f32.store(to + (<usize>j << 2), sum);
  }
}

export function reduce(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const input = operand(p, 0, from, local), output = operand(p, 2, from, local);
  const rows = word(p, 4), columns = word(p, 5), all = word(p, 6), maximum = word(p, 7) != 0;
  const each = word(p, 8);
  for (let unit = from * each; unit < to * each; unit++) {
    const source = input + (<usize>unit * <usize>rows * <usize>columns << 2);
    const target = output + (<usize>unit * <usize>columns << 2);
    const count = min(rows, all - unit * rows);
    if (columns == 1) {
      f32.store(target, maximum ? reduceLine(source, count, true) : reduceLine(source, count, false));
    } else if (maximum) reduceColumns(source, count, columns, target, true);
    else reduceColumns(source, count, columns, target, false);
  }
}

/** Floats that are summed over all parts before the next ones: they stay in the first-level cache. */
const STRETCH: i32 = 1024;

/**
 * Sums [parts][units][columns] over the parts, in their order. Parameters: 0 input operand, 2 output operand [units][columns]; 4 parts,
 * 5 columns, 6 elements of a part.
 */
export function sumParts(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const parts = word(p, 4), columns = word(p, 5), part = <usize>word(p, 6) << 2;
  const begin = from * columns, end = to * columns;
  const input = operand(p, 0, from, local), output = operand(p, 2, from, local);
  for (let first = begin; first < end; first += STRETCH) {
    const count = min(STRETCH, end - first);
    const target = output + (<usize>first << 2);
    let source = input + (<usize>first << 2);
    memory.copy(target, source, <usize>count << 2);
    for (let n: i32 = 1; n < parts; n++) {
      source += part;
      let j: i32 = 0;
      for (; j + 4 <= count; j += 4) {
        v128.store(target + (j << 2), f32x4.add(v128.load(target + (j << 2)), v128.load(source + (j << 2))));
      }
      for (; j < count; j++) f32.store(target + (j << 2), f32.load(target + (j << 2)) + f32.load(source + (j << 2)));
    }
  }
}
