// Max pooling over [batch, height, width, channels]; a unit is an image.
//
// Parameters: 0, 2, 4 operands; 6 height, 7 width, 8 channels, 9 pool height, 10 pool width, 11 out height, 12 out width,
// 13 stride y, 14 stride x, 15 padding top, 16 padding left, 17 dilation y, 18 dilation x.

import { operand, word } from './operand';
import { greaterOf, splat } from './simd';
import { firstInside } from './window';

/** Whether windows of 2 x 2 lie side by side and wholly inside: the pooling of nearly every network, which has loops of its own. */
// @ts-ignore: decorator
@inline
function isPlain2x2(p: usize): bool {
  return word(p, 9) == 2 && word(p, 10) == 2 && word(p, 13) == 2 && word(p, 14) == 2 && (word(p, 15) | word(p, 16)) == 0 &&
    (word(p, 17) & word(p, 18)) == 1 && (word(p, 8) & 3) == 0 && 2 * word(p, 11) <= word(p, 6) && 2 * word(p, 12) <= word(p, 7);
}

/** The largest of each 2 x 2 window along one row of outputs. */
export function maxPool2x2(row: usize, line: usize, target: usize, outWidth: i32, pixel: usize): void {
  for (let c: i32 = 0; c < outWidth; c++) {
    for (let channel: usize = 0; channel < pixel; channel += 16) {
      const x = row + channel;
      const upper = greaterOf(v128.load(x), v128.load(x + pixel));
      const lower = greaterOf(v128.load(x + line), v128.load(x + line + pixel));
      v128.store(target + channel, greaterOf(upper, lower));
    }
    row += 2 * pixel;
    target += pixel;
  }
}

/** Where the first largest of each 2 x 2 window lies, the window beginning at `position`. */
export function maxPool2x2Winners(row: usize, line: usize, target: usize, outWidth: i32, pixel: usize, position: i32, width: i32): void {
  for (let c: i32 = 0; c < outWidth; c++) {
    const p0 = i32x4.splat(position), p1 = i32x4.splat(position + 1), p2 = i32x4.splat(position + width), p3 = i32x4.splat(position + width + 1);
    for (let channel: usize = 0; channel < pixel; channel += 16) {
      const x = row + channel;
      const v0 = v128.load(x), v1 = v128.load(x + pixel), v2 = v128.load(x + line), v3 = v128.load(x + line + pixel);
      const any = f32x4.gt(v0, splat(-Infinity));
      const best0 = v128.bitselect(v0, splat(-Infinity), any);
      const first = f32x4.gt(v1, best0), best1 = v128.bitselect(v1, best0, first);
      const second = f32x4.gt(v2, best1), best2 = v128.bitselect(v2, best1, second);
      const third = f32x4.gt(v3, best2);
      const winner = v128.bitselect(p1, v128.bitselect(p0, i32x4.splat(-1), any), first);
      v128.store(target + channel, v128.bitselect(p3, v128.bitselect(p2, winner, second), third));
    }
    row += 2 * pixel;
    target += pixel;
    position += 2;
  }
}

/** The gradient of the same: each share goes to the winner of its window, and the other three get 0. */
export function maxPool2x2Gradient(
  winners: usize, line: usize, source: usize, gradient: usize, outWidth: i32, pixel: usize, position: i32, width: i32,
): void {
  for (let c: i32 = 0; c < outWidth; c++) {
    const p0 = i32x4.splat(position), p1 = i32x4.splat(position + 1), p2 = i32x4.splat(position + width), p3 = i32x4.splat(position + width + 1);
    for (let channel: usize = 0; channel < pixel; channel += 16) {
      const dx = gradient + channel;
      const share = v128.load(source + channel), winner = v128.load(winners + channel);
      v128.store(dx, v128.and(share, i32x4.eq(winner, p0)));
      v128.store(dx + pixel, v128.and(share, i32x4.eq(winner, p1)));
      v128.store(dx + line, v128.and(share, i32x4.eq(winner, p2)));
      v128.store(dx + line + pixel, v128.and(share, i32x4.eq(winner, p3)));
    }
    gradient += 2 * pixel;
    source += pixel;
    winners += pixel;
    position += 2;
  }
}

/** y (2) from x (0). */
export function maxPool(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const x = operand(p, 0, from, local), y = operand(p, 2, from, local);
  const height = word(p, 6), width = word(p, 7), channels = word(p, 8), outHeight = word(p, 11), outWidth = word(p, 12);
  const stepY = word(p, 17), stepX = word(p, 18);
  const pixel = <usize>channels << 2;
  for (let n = from; n < to; n++) {
    const image = x + <usize>n * <usize>(height * width) * pixel;
    let target = y + <usize>n * <usize>(outHeight * outWidth) * pixel;
    if (isPlain2x2(p)) {
      const line = <usize>width * pixel;
      for (let r: i32 = 0; r < outHeight; r++) {
        maxPool2x2(image + <usize>(2 * r) * line, line, target, outWidth, pixel);
        target += <usize>outWidth * pixel;
      }
      continue;
    }
    for (let r: i32 = 0; r < outHeight; r++) {
      const row = r * word(p, 13) - word(p, 15);
      const i0 = firstInside(row, stepY), i1 = min(height, row + (word(p, 9) - 1) * stepY + 1);
      for (let c: i32 = 0; c < outWidth; c++) {
        const column = c * word(p, 14) - word(p, 16);
        const j0 = firstInside(column, stepX), j1 = min(width, column + (word(p, 10) - 1) * stepX + 1);
        let channel: usize = 0;
        for (; channel + 16 <= pixel; channel += 16) {
          let best = splat(-Infinity);
          for (let i = i0; i < i1; i += stepY) {
            for (let j = j0; j < j1; j += stepX) best = greaterOf(best, v128.load(image + <usize>(i * width + j) * pixel + channel));
          }
          v128.store(target + channel, best);
        }
        for (; channel < pixel; channel += 4) {
          let best: f32 = -Infinity;
          for (let i = i0; i < i1; i += stepY) {
            for (let j = j0; j < j1; j += stepX) best = max(best, f32.load(image + <usize>(i * width + j) * pixel + channel));
          }
          f32.store(target + channel, best);
        }
        target += pixel;
      }
    }
  }
}

/** Where (row * width + column, as whole numbers) the first largest value of each window of x (0) lies, into 2; -1: there is none. */
export function maxPoolWinners(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const x = operand(p, 0, from, local), winners = operand(p, 2, from, local);
  const height = word(p, 6), width = word(p, 7), channels = word(p, 8), outHeight = word(p, 11), outWidth = word(p, 12);
  const stepY = word(p, 17), stepX = word(p, 18);
  const pixel = <usize>channels << 2;
  for (let n = from; n < to; n++) {
    const image = x + <usize>n * <usize>(height * width) * pixel;
    let target = winners + <usize>n * <usize>(outHeight * outWidth) * pixel;
    if (isPlain2x2(p)) {
      const line = <usize>width * pixel;
      for (let r: i32 = 0; r < outHeight; r++) {
        maxPool2x2Winners(image + <usize>(2 * r) * line, line, target, outWidth, pixel, 2 * r * width, width);
        target += <usize>outWidth * pixel;
      }
      continue;
    }
    for (let r: i32 = 0; r < outHeight; r++) {
      const row = r * word(p, 13) - word(p, 15);
      const i0 = firstInside(row, stepY), i1 = min(height, row + (word(p, 9) - 1) * stepY + 1);
      for (let c: i32 = 0; c < outWidth; c++) {
        const column = c * word(p, 14) - word(p, 16);
        const j0 = firstInside(column, stepX), j1 = min(width, column + (word(p, 10) - 1) * stepX + 1);
        let channel: usize = 0;
        for (; channel + 16 <= pixel; channel += 16) {
          let best = splat(-Infinity), winner = i32x4.splat(-1);
          for (let i = i0; i < i1; i += stepY) {
            for (let j = j0; j < j1; j += stepX) {
              const value = v128.load(image + <usize>(i * width + j) * pixel + channel);
              const greater = f32x4.gt(value, best);
              best = v128.bitselect(value, best, greater);
              winner = v128.bitselect(i32x4.splat(i * width + j), winner, greater);
            }
          }
          v128.store(target + channel, winner);
        }
        for (; channel < pixel; channel += 4) {
          let best: f32 = -Infinity, winner: i32 = -1;
          for (let i = i0; i < i1; i += stepY) {
            for (let j = j0; j < j1; j += stepX) {
              const value = f32.load(image + <usize>(i * width + j) * pixel + channel);
              if (value > best) {
                best = value;
                winner = i * width + j;
              }
            }
          }
          i32.store(target + channel, winner);
        }
        target += pixel;
      }
    }
  }
}

/** dx (4) from the winners (0) and dy (2). */
export function maxPoolGradient(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const winners = operand(p, 0, from, local), dy = operand(p, 2, from, local), dx = operand(p, 4, from, local);
  const height = word(p, 6), width = word(p, 7), channels = word(p, 8), outHeight = word(p, 11), outWidth = word(p, 12);
  const stepY = word(p, 17), stepX = word(p, 18);
  const pixel = <usize>channels << 2, imageBytes = <usize>(height * width) * pixel, outBytes = <usize>(outHeight * outWidth) * pixel;
  // Windows that cover the input without overlapping write each gradient once; others add to it.
  const covers = word(p, 13) == word(p, 9) && word(p, 14) == word(p, 10) && (word(p, 15) | word(p, 16)) == 0 && (stepY & stepX) == 1 &&
    outHeight * word(p, 9) == height && outWidth * word(p, 10) == width;
  for (let n = from; n < to; n++) {
    const gradient = dx + <usize>n * imageBytes;
    let source = dy + <usize>n * outBytes, winner = winners + <usize>n * outBytes;
    if (!covers) memory.fill(gradient, 0, imageBytes);
    if (isPlain2x2(p)) {
      const line = <usize>width * pixel;
      for (let r: i32 = 0; r < outHeight; r++) {
        maxPool2x2Gradient(winner, line, source, gradient + <usize>(2 * r) * line, outWidth, pixel, 2 * r * width, width);
        source += <usize>outWidth * pixel;
        winner += <usize>outWidth * pixel;
      }
      continue;
    }
    for (let r: i32 = 0; r < outHeight; r++) {
      const row = r * word(p, 13) - word(p, 15);
      const i0 = firstInside(row, stepY), i1 = min(height, row + (word(p, 9) - 1) * stepY + 1);
      for (let c: i32 = 0; c < outWidth; c++) {
        const column = c * word(p, 14) - word(p, 16);
        const j0 = firstInside(column, stepX), j1 = min(width, column + (word(p, 10) - 1) * stepX + 1);
        for (let i = i0; i < i1; i += stepY) {
          for (let j = j0; j < j1; j += stepX) {
            const cell = gradient + <usize>(i * width + j) * pixel, here = i32x4.splat(i * width + j);
            let channel: usize = 0;
            for (; channel + 16 <= pixel; channel += 16) {
              const mine = v128.and(v128.load(source + channel), i32x4.eq(v128.load(winner + channel), here));
              v128.store(cell + channel, covers ? mine : f32x4.add(v128.load(cell + channel), mine));
            }
            for (; channel < pixel; channel += 4) {
              const mine: f32 = i32.load(winner + channel) == i * width + j ? f32.load(source + channel) : 0;
              f32.store(cell + channel, covers ? mine : f32.load(cell + channel) + mine);
            }
          }
        }
        source += pixel;
        winner += pixel;
      }
    }
  }
}
