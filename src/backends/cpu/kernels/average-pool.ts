// Average pooling over [batch, height, width, channels]; a unit is an image.
//
// Parameters: 0 input operand, 2 output operand; 4 height, 5 width, 6 channels, 7 pool height, 8 pool width, 9 out height, 10 out
// width, 11 stride y, 12 stride x, 13 padding top, 14 padding left, 15 dilation y, 16 dilation x, 17 whether padding counts.

import { operand, word } from './operand';
import { splat } from './simd';
import { firstInside } from './window';

// @ts-ignore: decorator
@inline
function taps(first: i32, last: i32, step: i32): i32 {
  return last > first ? (last - first + step - 1) / step : 0;
}

/** `to[...] += from[...] * factor` over the channels of a pixel. */
// @ts-ignore: decorator
@inline
function addScaled(from: usize, to: usize, pixel: usize, factor: f32): void {
  let c: usize = 0;
  for (; c + 16 <= pixel; c += 16) {
    v128.store(to + c, f32x4.add(v128.load(to + c), f32x4.mul(v128.load(from + c), splat(factor))));
  }
  for (; c < pixel; c += 4) f32.store(to + c, f32.load(to + c) + f32.load(from + c) * factor);
}

/** Forward: every output takes a share of each of its taps. Gradient: every tap takes a share of its output's. */
// @ts-ignore: decorator
@inline
function pool(p: usize, from: i32, to: i32, local: usize, gradient: bool): void {
  const input = operand(p, 0, from, local), output = operand(p, 2, from, local);
  const height = word(p, 4), width = word(p, 5), outHeight = word(p, 9), outWidth = word(p, 10);
  const stepY = word(p, 15), stepX = word(p, 16), counts = word(p, 17) != 0;
  const pixel = <usize>word(p, 6) << 2;
  const imageBytes = <usize>(height * width) * pixel, pooledBytes = <usize>(outHeight * outWidth) * pixel;
  for (let n = from; n < to; n++) {
    const image = (gradient ? output : input) + <usize>n * imageBytes;
    let pooled = (gradient ? input : output) + <usize>n * pooledBytes;
    memory.fill(gradient ? image : pooled, 0, gradient ? imageBytes : pooledBytes);
    for (let r: i32 = 0; r < outHeight; r++) {
      const row = r * word(p, 11) - word(p, 13);
      const i0 = firstInside(row, stepY), i1 = min(height, row + (word(p, 7) - 1) * stepY + 1);
      for (let c: i32 = 0; c < outWidth; c++) {
        const column = c * word(p, 12) - word(p, 14);
        const j0 = firstInside(column, stepX), j1 = min(width, column + (word(p, 8) - 1) * stepX + 1);
        const count = counts ? word(p, 7) * word(p, 8) : taps(i0, i1, stepY) * taps(j0, j1, stepX);
        const factor: f32 = <f32>1 / <f32>max(1, count);
        for (let i = i0; i < i1; i += stepY) {
          for (let j = j0; j < j1; j += stepX) {
            const cell = image + <usize>(i * width + j) * pixel;
            if (gradient) addScaled(pooled, cell, pixel, factor);
            else addScaled(cell, pooled, pixel, factor);
          }
        }
        pooled += pixel;
      }
    }
  }
}

export function averagePool(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  pool(p, from, to, local, false);
}

export function averagePoolGradient(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  pool(p, from, to, local, true);
}
