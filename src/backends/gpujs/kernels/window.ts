import type { Window2d } from '../../../ops/op.js';
import type { Shape } from '../../../shape.js';

/**
 * Source that visits the input pixel of every tap of one output pixel: `body` sees `tapY`, `tapX`, `y` and `x`. Taps outside the
 * input are passed over, not read as 0: reading there gives another value on every device.
 */
export function forEachTap(
  [outY, outX]: readonly [string, string],
  kernel: readonly [number, number],
  input: Shape,
  { strides, dilation, padding }: Window2d,
  body: string,
): string {
  return (
    `for (let tapY = 0; tapY < ${kernel[0]}; tapY++) {\n` +
    `const y = ${outY} * ${strides[0]} + tapY * ${dilation[0]} - ${padding.top};\n` +
    `if (y >= 0 && y < ${input[1]}) {\n` +
    `for (let tapX = 0; tapX < ${kernel[1]}; tapX++) {\n` +
    `const x = ${outX} * ${strides[1]} + tapX * ${dilation[1]} - ${padding.left};\n` +
    `if (x >= 0 && x < ${input[2]}) {\n${body}\n}\n}\n}\n}`
  );
}

/**
 * Source that visits every output pixel that one input pixel reaches, and by which tap: `body` sees `tapY`, `tapX`, `outY` and
 * `outX`.
 */
export function forEachReached(
  [y, x]: readonly [string, string],
  kernel: readonly [number, number],
  output: Shape,
  { strides, dilation, padding }: Window2d,
  body: string,
): string {
  // The position counted in steps of the stride: whole for the taps that meet it. Half a step keeps an inexact division from
  // falling short of a whole number.
  const steps = (distance: string, stride: number): string =>
    stride === 1 ? distance : `Math.floor((${distance} + 0.5) / ${stride})`;
  const meets = (out: string, distance: string, stride: number, length: number): string =>
    `${out} >= 0 && ${out} < ${length}${stride === 1 ? '' : ` && ${out} * ${stride} === ${distance}`}`;
  return (
    `for (let tapY = 0; tapY < ${kernel[0]}; tapY++) {\n` +
    `const distanceY = ${y} + ${padding.top} - tapY * ${dilation[0]};\n` +
    `const outY = ${steps('distanceY', strides[0])};\n` +
    `if (${meets('outY', 'distanceY', strides[0], output[1]!)}) {\n` +
    `for (let tapX = 0; tapX < ${kernel[1]}; tapX++) {\n` +
    `const distanceX = ${x} + ${padding.left} - tapX * ${dilation[1]};\n` +
    `const outX = ${steps('distanceX', strides[1])};\n` +
    `if (${meets('outX', 'distanceX', strides[1], output[2]!)}) {\n${body}\n}\n}\n}\n}`
  );
}
