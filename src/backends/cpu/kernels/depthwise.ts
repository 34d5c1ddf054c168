// Depthwise convolutions: every channel has a filter of its own, so there is no matrix product in them. Channels lie in the lanes, and
// each result is a sum of products over some rows and columns. Along each axis
//   input position = output position * stride - padding + tap * dilation
// connects x, dy and the filter: the three kernels differ in which of the three is fixed, and which two are walked through. A unit is an
// image.
//
// Parameters: those of `convolution.ts`, of which the groups and the pixels of a block are not looked at.

import { operand, word } from './operand';
import { multiplyAdd, splat } from './simd';

/** Sums a * b over `rows` x `columns` positions, `...Row` and `...Column` bytes apart, for each channel; to what lies there if `adds`. */
function sumProducts(
  rows: i32, columns: i32, a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, bColumn: usize, to: usize, channels: i32, adds: bool,
): void {
  let channel: i32 = 0;
  for (; channel + 16 <= channels; channel += 16) {
    const zero = splat(0);
    let s0 = zero, s1 = zero, s2 = zero, s3 = zero;
    if (adds) { s0 = v128.load(to); s1 = v128.load(to, 16); s2 = v128.load(to, 32); s3 = v128.load(to, 48); }
    for (let i: i32 = 0; i < rows; i++) {
      let x = a + <usize>i * aRow, y = b + <usize>i * bRow;
      for (let j = columns; j > 0; j--) {
        s0 = multiplyAdd(v128.load(x), v128.load(y), s0);
        s1 = multiplyAdd(v128.load(x, 16), v128.load(y, 16), s1);
        s2 = multiplyAdd(v128.load(x, 32), v128.load(y, 32), s2);
        s3 = multiplyAdd(v128.load(x, 48), v128.load(y, 48), s3);
        x += aColumn;
        y += bColumn;
      }
    }
    v128.store(to, s0);
    v128.store(to, s1, 16);
    v128.store(to, s2, 32);
    v128.store(to, s3, 48);
    a += 64;
    b += 64;
    to += 64;
  }
  for (; channel + 4 <= channels; channel += 4) {
    let sum = adds ? v128.load(to) : splat(0);
    for (let i: i32 = 0; i < rows; i++) {
      let x = a + <usize>i * aRow, y = b + <usize>i * bRow;
      for (let j = columns; j > 0; j--) {
        sum = multiplyAdd(v128.load(x), v128.load(y), sum);
        x += aColumn;
        y += bColumn;
      }
    }
    v128.store(to, sum);
    a += 16;
    b += 16;
    to += 16;
  }
  for (; channel < channels; channel++) {
    let sum: f32 = adds ? f32.load(to) : 0;
    for (let i: i32 = 0; i < rows; i++) {
      let x = a + <usize>i * aRow, y = b + <usize>i * bRow;
      for (let j = columns; j > 0; j--) {
        sum += f32.load(x) * f32.load(y);
        x += aColumn;
        y += bColumn;
      }
    }
    f32.store(to, sum);
    a += 4;
    b += 4;
    to += 4;
  }
}

// Tables of one axis: for each position of the result how many products it is the sum of, and where the first of them lies in a and b.

/** Bytes of an entry. */
const ENTRY: usize = 12;

// @ts-ignore: decorator
@inline
function write(table: usize, position: i32, count: i32, a: i32, b: i32): void {
  const entry = table + <usize>position * ENTRY;
  i32.store(entry, max(0, count));
  i32.store(entry, a, 4);
  i32.store(entry, b, 8);
}

/** For each output: a is the input, b the filter. */
function outputTable(table: usize, outputs: i32, taps: i32, inputs: i32, stride: i32, padding: i32, dilation: i32): void {
  for (let o: i32 = 0; o < outputs; o++) {
    const start = o * stride - padding;
    const first = start >= 0 ? 0 : (dilation - 1 - start) / dilation;
    const end = start >= inputs ? 0 : min(taps, (inputs - 1 - start) / dilation + 1);
    write(table, o, end - first, start + first * dilation, first);
  }
}

/** For each input: a is the output, b the filter. */
function inputTable(table: usize, outputs: i32, taps: i32, inputs: i32, stride: i32, padding: i32, dilation: i32): void {
  for (let i: i32 = 0; i < inputs; i++) {
    let count: i32 = 0, first: i32 = 0, output: i32 = 0;
    for (let tap: i32 = 0; tap < taps; tap++) {
      const distance = i + padding - tap * dilation;
      if (distance < 0 || distance % stride != 0 || distance / stride >= outputs) continue;
      if (count == 0) {
        first = tap;
        output = distance / stride;
      }
      count++;
    }
    write(table, i, count, output, first);
  }
}

/** For each tap: a is the input, b the output. */
function tapTable(table: usize, outputs: i32, taps: i32, inputs: i32, stride: i32, padding: i32, dilation: i32): void {
  for (let tap: i32 = 0; tap < taps; tap++) {
    const start = tap * dilation - padding;
    const first = start >= 0 ? 0 : (stride - 1 - start) / stride;
    const end = start >= inputs ? 0 : min(outputs, (inputs - 1 - start) / stride + 1);
    write(table, tap, end - first, start + first * stride, first);
  }
}

/** All results of an image (or of the filter). Widths are of a and b; steps are in their positions, from one product to the next. */
// @ts-ignore: decorator
@inline
function sumAll(
  rowTable: usize, rows: i32, columnTable: usize, columns: i32,
  a: usize, aWidth: i32, aStepY: i32, aStepX: i32, b: usize, bWidth: i32, bStepY: i32, bStepX: i32,
  to: usize, channels: i32, adds: bool,
): void {
  const pixel = channels << 2;
  for (let r: i32 = 0; r < rows; r++) {
    const row = rowTable + <usize>r * ENTRY;
    for (let c: i32 = 0; c < columns; c++) {
      const column = columnTable + <usize>c * ENTRY;
      sumProducts(
        i32.load(row), i32.load(column),
        a + <usize>((i32.load(row, 4) * aWidth + i32.load(column, 4)) * pixel), <usize>(aStepY * aWidth * pixel), <usize>(aStepX * pixel),
        b + <usize>((i32.load(row, 8) * bWidth + i32.load(column, 8)) * pixel), <usize>(bStepY * bWidth * pixel), <usize>(bStepX * pixel),
        to, channels, adds,
      );
      to += <usize>pixel;
    }
  }
}

function greatestCommonDivisor(a: i32, b: i32): i32 {
  while (b != 0) {
    const rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

/** y from x (0), filter (2), into y (4). */
export function depthwise(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const x = operand(p, 0, from, local), filter = operand(p, 2, from, local), y = operand(p, 4, from, local);
  const height = word(p, 6), width = word(p, 7), channels = word(p, 8), outHeight = word(p, 11), outWidth = word(p, 12);
  const rows = scratch, columns = scratch + <usize>outHeight * ENTRY;
  outputTable(rows, outHeight, word(p, 9), height, word(p, 14), word(p, 18), word(p, 16));
  outputTable(columns, outWidth, word(p, 10), width, word(p, 15), word(p, 19), word(p, 17));
  for (let n = from; n < to; n++) {
    const image = x + (<usize>n * <usize>(height * width * channels) << 2);
    const output = y + (<usize>n * <usize>(outHeight * outWidth * channels) << 2);
    sumAll(rows, outHeight, columns, outWidth, image, width, word(p, 16), word(p, 17), filter, word(p, 10), 1, 1, output, channels, false);
  }
}

/** dx from dy (0), filter (2), into dx (4). */
export function depthwiseInputGradient(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const dy = operand(p, 0, from, local), filter = operand(p, 2, from, local), dx = operand(p, 4, from, local);
  const height = word(p, 6), width = word(p, 7), channels = word(p, 8), outHeight = word(p, 11), outWidth = word(p, 12);
  const rows = scratch, columns = scratch + <usize>height * ENTRY;
  inputTable(rows, outHeight, word(p, 9), height, word(p, 14), word(p, 18), word(p, 16));
  inputTable(columns, outWidth, word(p, 10), width, word(p, 15), word(p, 19), word(p, 17));
  // Taps that meet the same input lie so far apart, and the outputs they lead to in the other direction.
  const tapY = word(p, 14) / greatestCommonDivisor(word(p, 14), word(p, 16)), outY = -tapY * word(p, 16) / word(p, 14);
  const tapX = word(p, 15) / greatestCommonDivisor(word(p, 15), word(p, 17)), outX = -tapX * word(p, 17) / word(p, 15);
  for (let n = from; n < to; n++) {
    const gradient = dy + (<usize>n * <usize>(outHeight * outWidth * channels) << 2);
    const image = dx + (<usize>n * <usize>(height * width * channels) << 2);
    sumAll(rows, height, columns, width, gradient, outWidth, outY, outX, filter, word(p, 10), tapY, tapX, image, channels, false);
  }
}

/** The share of the filter's gradient that each part of the batch has: from x (0), dy (2), into [parts][filter] (4). */
export function depthwiseFilterGradient(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const x = operand(p, 0, from, local), dy = operand(p, 2, from, local), parts = operand(p, 4, from, local);
  const height = word(p, 6), width = word(p, 7), channels = word(p, 8), kernelHeight = word(p, 9), kernelWidth = word(p, 10);
  const outHeight = word(p, 11), outWidth = word(p, 12), images = word(p, 22);
  const rows = scratch, columns = scratch + <usize>kernelHeight * ENTRY;
  tapTable(rows, outHeight, kernelHeight, height, word(p, 14), word(p, 18), word(p, 16));
  tapTable(columns, outWidth, kernelWidth, width, word(p, 15), word(p, 19), word(p, 17));
  for (let part = from; part < to; part++) {
    const output = parts + (<usize>part * <usize>(kernelHeight * kernelWidth * channels) << 2);
    for (let n = part * images; n < min(word(p, 23), (part + 1) * images); n++) {
      const image = x + (<usize>n * <usize>(height * width * channels) << 2);
      const gradient = dy + (<usize>n * <usize>(outHeight * outWidth * channels) << 2);
      sumAll(
        rows, kernelHeight, columns, kernelWidth, image, width, word(p, 14), word(p, 15), gradient, outWidth, 1, 1,
        output, channels, n > part * images,
      );
    }
  }
}
