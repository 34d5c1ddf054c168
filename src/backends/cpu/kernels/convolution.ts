// Convolutions of any shape, as matrix products over patches: the inputs under the window at each output pixel are copied into a
// row ("im2col"), a block of rows at a time. A unit is an image.
//
// Parameters: 0, 2, 4 operands; 6 height, 7 width, 8 channels, 9 kernel height, 10 kernel width, 11 out height, 12 out width,
// 13 filters, 14 stride y, 15 stride x, 16 dilation y, 17 dilation x, 18 padding top, 19 padding left, 20 groups,
// 21 output pixels in a block, 22 images in a part (filter gradient), 23 images.

import { GEMM_SCRATCH, gemm } from './gemm';
import { operand, word } from './operand';

/** A window of 1 x 1 without stride: the patches are the input itself. */
function isPointwise(p: usize): bool {
  return (word(p, 9) | word(p, 10) | word(p, 14) | word(p, 15) | word(p, 20)) == 1 && (word(p, 18) | word(p, 19)) == 0 && word(p, 11) == word(p, 6) && word(p, 12) == word(p, 7);
}

// @ts-ignore: decorator
@inline
function copy(from: usize, to: usize, count: i32): void {
  let i: i32 = 0;
  for (; i + 4 <= count; i += 4) v128.store(to + (i << 2), v128.load(from + (i << 2)));
  for (; i < count; i++) f32.store(to + (i << 2), f32.load(from + (i << 2)));
}

// @ts-ignore: decorator
@inline
function addTo(from: usize, to: usize, count: i32): void {
  let i: i32 = 0;
  for (; i + 4 <= count; i += 4) v128.store(to + (i << 2), f32x4.add(v128.load(to + (i << 2)), v128.load(from + (i << 2))));
  for (; i < count; i++) f32.store(to + (i << 2), f32.load(to + (i << 2)) + f32.load(from + (i << 2)));
}

/** Copies the patches of output pixels [first, end) of one group between the image and rows: out of it, or added into it. */
function patches(p: usize, image: usize, group: i32, first: i32, end: i32, rows: usize, into: bool): void {
  const height = word(p, 6), width = word(p, 7), channels = word(p, 8), kernelHeight = word(p, 9), kernelWidth = word(p, 10);
  const outWidth = word(p, 12), each = channels / word(p, 20);
  const bytes = <usize>each << 2;
  // Taps of a row lie side by side, in the image as in the patch.
  const dense = each == channels && word(p, 17) == 1;
  let row = rows;
  for (let pixel = first; pixel < end; pixel++) {
    const top = (pixel / outWidth) * word(p, 14) - word(p, 18);
    const left = (pixel % outWidth) * word(p, 15) - word(p, 19);
    const whole = dense && left >= 0 && left + kernelWidth <= width;
    for (let i: i32 = 0; i < kernelHeight; i++) {
      const y = top + i * word(p, 16);
      if (whole && y >= 0 && y < height) {
        const source = image + (<usize>((y * width + left) * channels) << 2);
        if (into) addTo(row, source, kernelWidth * channels);
        else copy(source, row, kernelWidth * channels);
        row += <usize>kernelWidth * bytes;
        continue;
      }
      for (let j: i32 = 0; j < kernelWidth; j++) {
        const x = left + j * word(p, 17);
        const inside = y >= 0 && y < height && x >= 0 && x < width;
        if (inside) {
          const source = image + (<usize>((y * width + x) * channels + group * each) << 2);
          if (into) addTo(row, source, each);
          else copy(source, row, each);
        } else if (!into) memory.fill(row, 0, bytes);
        row += bytes;
      }
    }
  }
}

/**
 * The patches of output pixels [first, end) of one group, a row for each tap and channel: `[depth][end - first]`. For few channels,
 * whose patches would be copied float by float.
 */
function tapRows(p: usize, image: usize, group: i32, first: i32, end: i32, rows: usize): void {
  const height = word(p, 6), width = word(p, 7), channels = word(p, 8), kernelHeight = word(p, 9), kernelWidth = word(p, 10);
  const outWidth = word(p, 12), each = channels / word(p, 20), strideX = word(p, 15);
  let row = rows;
  for (let i: i32 = 0; i < kernelHeight; i++) {
    for (let j: i32 = 0; j < kernelWidth; j++) {
      const shift = j * word(p, 17) - word(p, 19);
      // Output columns whose tap lies inside the input.
      const inside0 = shift >= 0 ? 0 : (strideX - 1 - shift) / strideX;
      const inside1 = shift >= width ? 0 : (width - 1 - shift) / strideX + 1;
      for (let c: i32 = 0; c < each; c++) {
        let pixel = first;
        while (pixel < end) {
          const outY = pixel / outWidth, outX = pixel % outWidth;
          const last = min(outWidth, outX + end - pixel);
          const y = outY * word(p, 14) - word(p, 18) + i * word(p, 16);
          let x = outX;
          const start = y < 0 || y >= height ? last : min(last, max(outX, inside0));
          const stop = max(start, min(last, inside1));
          for (; x < start; x++) f32.store(row + (<usize>(x - outX) << 2), 0);
          if (x < stop) {
            let source = image + (<usize>((y * width + x * strideX + shift) * channels + group * each + c) << 2);
            const target = row + (<usize>(x - outX) << 2);
            if (channels * strideX == 1) copy(source, target, stop - x);
            else {
              const step = <usize>(channels * strideX) << 2;
              for (let n: i32 = 0; n < stop - x; n++) {
                f32.store(target + (<usize>n << 2), f32.load(source));
                source += step;
              }
            }
            x = stop;
          }
          for (; x < last; x++) f32.store(row + (<usize>(x - outX) << 2), 0);
          row += <usize>(last - outX) << 2;
          pixel += last - outX;
        }
      }
    }
  }
}

/** y from x (0), filter (2), into y (4). */
export function convolution(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const x = operand(p, 0, from, local), filter = operand(p, 2, from, local), y = operand(p, 4, from, local);
  const groups = word(p, 20), filters = word(p, 13), each = filters / groups, block = word(p, 21);
  const pixels = word(p, 11) * word(p, 12), depth = (word(p, 9) * word(p, 10) * word(p, 8)) / groups;
  const rows = scratch + GEMM_SCRATCH, ldy = <usize>filters << 2, pointwise = isPointwise(p);
  const byTap = !pointwise && word(p, 8) / groups < 4;
  for (let n = from; n < to; n++) {
    const image = x + (<usize>n * <usize>(word(p, 6) * word(p, 7) * word(p, 8)) << 2);
    const output = y + <usize>n * <usize>pixels * ldy;
    for (let group: i32 = 0; group < groups; group++) {
      const column = <usize>(group * each) << 2;
      for (let first: i32 = 0; first < pixels; first += block) {
        const end = min(pixels, first + block);
        if (byTap) tapRows(p, image, group, first, end, rows);
        else if (!pointwise) patches(p, image, group, first, end, rows, false);
        const a = pointwise ? image + (<usize>(first * depth) << 2) : rows;
        const lda = <usize>(byTap ? end - first : depth) << 2;
        gemm(end - first, each, depth, a, lda, byTap, filter + column, ldy, false, false, output + <usize>first * ldy + column, ldy, true, scratch);
      }
    }
  }
}

/** dx from dy (0), filter (2), into dx (4). */
export function convolutionInputGradient(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const dy = operand(p, 0, from, local), filter = operand(p, 2, from, local), dx = operand(p, 4, from, local);
  const groups = word(p, 20), filters = word(p, 13), each = filters / groups, block = word(p, 21);
  const pixels = word(p, 11) * word(p, 12), depth = (word(p, 9) * word(p, 10) * word(p, 8)) / groups;
  const rows = scratch + GEMM_SCRATCH, ldy = <usize>filters << 2, imageBytes = <usize>(word(p, 6) * word(p, 7) * word(p, 8)) << 2;
  for (let n = from; n < to; n++) {
    const image = dx + <usize>n * imageBytes;
    const gradient = dy + <usize>n * <usize>pixels * ldy;
    memory.fill(image, 0, imageBytes);
    for (let group: i32 = 0; group < groups; group++) {
      const column = <usize>(group * each) << 2;
      for (let first: i32 = 0; first < pixels; first += block) {
        const end = min(pixels, first + block);
        gemm(end - first, depth, each, gradient + <usize>first * ldy + column, ldy, false, filter + column, ldy, true, true, rows, <usize>depth << 2, true, scratch);
        patches(p, image, group, first, end, rows, true);
      }
    }
  }
}

/** The share of the filter's gradient that each part of the batch has: from x (0), dy (2), into [parts][filter] (4). */
export function convolutionFilterGradient(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const x = operand(p, 0, from, local), dy = operand(p, 2, from, local), parts = operand(p, 4, from, local);
  const groups = word(p, 20), filters = word(p, 13), each = filters / groups, block = word(p, 21), images = word(p, 22);
  const pixels = word(p, 11) * word(p, 12), depth = (word(p, 9) * word(p, 10) * word(p, 8)) / groups;
  const rows = scratch + GEMM_SCRATCH, ldy = <usize>filters << 2, pointwise = isPointwise(p);
  const byTap = !pointwise && word(p, 8) / groups < 4;
  for (let part = from; part < to; part++) {
    const output = parts + <usize>part * <usize>depth * ldy;
    const end = min(word(p, 23), (part + 1) * images);
    for (let n = part * images; n < end; n++) {
      const image = x + (<usize>n * <usize>(word(p, 6) * word(p, 7) * word(p, 8)) << 2);
      const gradient = dy + <usize>n * <usize>pixels * ldy;
      for (let group: i32 = 0; group < groups; group++) {
        const column = <usize>(group * each) << 2;
        for (let first: i32 = 0; first < pixels; first += block) {
          const last = min(pixels, first + block);
          if (byTap) tapRows(p, image, group, first, last, rows);
          else if (!pointwise) patches(p, image, group, first, last, rows, false);
          const a = pointwise ? image + (<usize>(first * depth) << 2) : rows;
          const lda = <usize>(byTap ? last - first : depth) << 2;
          const fresh = n == part * images && first == 0;
          gemm(depth, each, last - first, a, lda, !byTap, gradient + <usize>first * ldy + column, ldy, false, false, output + column, ldy, fresh, scratch);
        }
      }
    }
  }
}
