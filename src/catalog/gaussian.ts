import type { Picture } from './pictures.js';

/** `size` weights of a normal distribution about the middle one, whose sum is 1. */
export function gaussianKernel(size: number, sigma: number): Float64Array {
  const middle = (size - 1) / 2;
  const weights = Float64Array.from({ length: size }, (_, i) => Math.exp(-0.5 * ((i - middle) / sigma) ** 2));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/**
 * Makes what convolves each channel of a picture with a kernel along its rows and columns, in place. Beyond the edge the picture is mirrored at
 * its outermost pixels, or 0.
 */
export function smoother({ height, width, channels }: Picture, taps: number, beyond: 'reflect' | 'zero') {
  const room = new Float64Array(Math.max(height, width) + taps);
  return (values: Float32Array, kernel: Float64Array): void => {
    for (let y = 0; y < height; y++) {
      const row = y * width * channels;
      for (let at = row; at < row + channels; at++) smoothLine(values, at, width, channels, kernel, beyond, room);
    }
    for (let at = 0; at < width * channels; at++) smoothLine(values, at, height, width * channels, kernel, beyond, room);
  };
}

/** The values at `start`, `start + step`, ... */
function smoothLine(
  values: Float32Array,
  start: number,
  length: number,
  step: number,
  kernel: Float64Array,
  beyond: 'reflect' | 'zero',
  room: Float64Array,
): void {
  const reach = (kernel.length - 1) >> 1;
  // The line with what is beyond its ends: no tap then asks where it is.
  for (let i = 0, at = start; i < length; i++, at += step) room[reach + i] = values[at]!;
  for (let i = 1; i <= reach; i++) {
    room[reach - i] = beyond === 'zero' ? 0 : room[reach + i]!;
    room[reach + length - 1 + i] = beyond === 'zero' ? 0 : room[reach + length - 1 - i]!;
  }
  // Two at a time: a sum waits for each of its additions. There is room for one place too many.
  room[length + 2 * reach] = 0;
  for (let place = 0; place < length; place += 2) {
    let sum = 0;
    let next = 0;
    for (let tap = 0; tap < kernel.length; tap++) {
      const weight = kernel[tap]!;
      sum += weight * room[place + tap]!;
      next += weight * room[place + tap + 1]!;
    }
    values[start + place * step] = sum;
    if (place + 1 < length) values[start + (place + 1) * step] = next;
  }
}
