// Copies that move elements: transposing, cutting out, padding, joining, and rows of a table.

import { operand, word } from './operand';

// @ts-ignore: decorator
@inline
function copyFloats(from: usize, to: usize, count: i32): void {
  let i: i32 = 0;
  for (; i + 4 <= count; i += 4) v128.store(to + (<usize>i << 2), v128.load(from + (<usize>i << 2)));
  for (; i < count; i++) f32.store(to + (<usize>i << 2), f32.load(from + (<usize>i << 2)));
}

/**
 * Writes one axis of the output and those within it, and gives back where the next one begins. An axis is five words: length, elements
 * between neighbours in the input, first and last + 1 position that have an input (others are 0), elements of the output within one
 * position.
 */
function copyAxis(axes: usize, rank: i32, from: usize, to: usize): usize {
  const length = word(axes, 0), stride = word(axes, 1), first = word(axes, 2), last = word(axes, 3), within = word(axes, 4);
  const block = <usize>within << 2;
  memory.fill(to, 0, <usize>first * block);
  to += <usize>first * block;
  if (rank == 1) {
    const source = from + <usize>((first * stride) << 2);
    if (stride == 1) copyFloats(source, to, last - first);
    else {
      for (let i: i32 = 0; i < last - first; i++) f32.store(to + (<usize>i << 2), f32.load(source + <usize>((i * stride) << 2)));
    }
    to += <usize>(last - first) << 2;
  } else {
    for (let i = first; i < last; i++) to = copyAxis(axes + 20, rank - 1, from + <usize>((i * stride) << 2), to);
  }
  memory.fill(to, 0, <usize>(length - last) * block);
  return to + <usize>(length - last) * block;
}

/**
 * Parameters: 0 input operand, 2 output operand, 4 number of axes, 5 the input's element at position 0 of all axes (it may lie before
 * the input where positions are padded), then the axes; the first one are the units.
 */
export function copy(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const rank = word(p, 4), axes = p + 24;
  const stride = word(axes, 1), first = word(axes, 2), last = word(axes, 3);
  const block = <usize>word(axes, 4) << 2;
  const input = operand(p, 0, from, local) + <usize>(word(p, 5) << 2), output = operand(p, 2, from, local);
  for (let unit = from; unit < to; unit++) {
    const source = input + <usize>((unit * stride) << 2), target = output + <usize>unit * block;
    if (unit < first || unit >= last) memory.fill(target, 0, block);
    else if (rank == 1) f32.store(target, f32.load(source));
    else copyAxis(axes + 20, rank - 1, source, target);
  }
}

/**
 * Joins inputs. Parameters: 0 output operand, 2 number of inputs, 3 whether the units are joined (then an input's size is in units, and
 * word 4 has the elements of a unit), else word 4 has the times that the inputs follow each other in a unit and word 5 the elements of
 * a unit; from 6 three words for each input: its operand and its size, in units or in elements of one turn.
 */
export function concatenate(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const output = operand(p, 0, from, local);
  const count = word(p, 2), turns = word(p, 4);
  const table = p + 24;
  if (word(p, 3) != 0) {
    let index: i32 = 0, start: i32 = 0;
    for (let unit = from; unit < to; unit++) {
      while (unit >= start + word(table, 3 * index + 2)) start += word(table, 3 * index++ + 2);
      const source = operand(table, 3 * index, from, local) + (<usize>(unit - start) * <usize>turns << 2);
      copyFloats(source, output + (<usize>unit * <usize>turns << 2), turns);
    }
    return;
  }
  for (let unit = from; unit < to; unit++) {
    let target = output + (<usize>unit * <usize>word(p, 5) << 2);
    for (let turn: i32 = 0; turn < turns; turn++) {
      for (let index: i32 = 0; index < count; index++) {
        const size = word(table, 3 * index + 2);
        copyFloats(operand(table, 3 * index, from, local) + (<usize>(unit * turns + turn) * <usize>size << 2), target, size);
        target += <usize>size << 2;
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function rowOf(index: usize, rows: i32): usize {
  return <usize>max(0, min(rows - 1, <i32>f32.load(index)));
}

/** Parameters: 0 table, 2 indices, 4 output; 6 rows of the table, 7 width of a row, 8 indices of a unit. */
export function gather(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const table = operand(p, 0, from, local), indices = operand(p, 2, from, local), output = operand(p, 4, from, local);
  const rows = word(p, 6), width = word(p, 7), each = word(p, 8);
  for (let i = from * each; i < to * each; i++) {
    const row = rowOf(indices + (<usize>i << 2), rows);
    copyFloats(table + (row * <usize>width << 2), output + (<usize>i * <usize>width << 2), width);
  }
}

/** Adds columns `first … last - 1` of rows `begin … end - 1` of the values up by index, one after the other. */
function addRows(indices: usize, values: usize, output: usize, rows: i32, width: i32, begin: i32, end: i32, first: i32, last: i32): void {
  for (let row: i32 = 0; row < rows; row++) memory.fill(output + (<usize>(row * width + first) << 2), 0, <usize>(last - first) << 2);
  for (let i = begin; i < end; i++) {
    const target = output + (rowOf(indices + (<usize>i << 2), rows) * <usize>width << 2);
    const source = values + (<usize>i * <usize>width << 2);
    let j = first;
    for (; j + 4 <= last; j += 4) {
      const at = <usize>j << 2;
      v128.store(target + at, f32x4.add(v128.load(target + at), v128.load(source + at)));
    }
    for (; j < last; j++) {
      const at = <usize>j << 2;
      f32.store(target + at, f32.load(target + at) + f32.load(source + at));
    }
  }
}

/**
 * Adds rows up by index. Parameters: 0 indices, 2 values, 4 output; 6 rows of the output, 7 width of a row, 8 number of indices, 9 indices
 * of a unit, whose sums are an output of its own; if 0, a unit is 16 columns of all.
 */
export function scatterAdd(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const indices = operand(p, 0, from, local), values = operand(p, 2, from, local), output = operand(p, 4, from, local);
  const rows = word(p, 6), width = word(p, 7), count = word(p, 8), each = word(p, 9);
  if (each == 0) {
    addRows(indices, values, output, rows, width, 0, count, from << 4, min(width, to << 4));
    return;
  }
  for (let unit = from; unit < to; unit++) {
    const sums = output + (<usize>(unit * rows * width) << 2);
    addRows(indices, values, sums, rows, width, unit * each, min(count, (unit + 1) * each), 0, width);
  }
}
