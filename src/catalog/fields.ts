import { z } from 'zod';
import type { Window2d } from '../ops/op.js';
import { activations } from './activations/index.js';
import { initializers } from './initializers/index.js';

/** Options that several layers share. */

export const activation = (byDefault = 'linear') =>
  activations.schemaOrName().prefault(byDefault).describe('Applied to the output.');

export const initializer = (byDefault: string) =>
  initializers.schemaOrName().prefault(byDefault).describe('How the first values are drawn.');

export const filters = () => z.int().positive().describe('The number of output channels.');

export const groups = () =>
  z.int().positive().default(1).describe('Channels and filters are cut into this many separate convolutions.');

export const useBias = () => z.boolean().default(true).describe('Whether a bias is added.');

/** One whole number for both axes, or [height, width]. */
export const pair = (minimum = 1) => {
  const one = z.int().min(minimum);
  return z.union([one.transform((n): [number, number] => [n, n]), z.tuple([one, one])]);
};

/** How many before and after an axis: one whole number for both, or [before, after]. */
export const ends = () => {
  const one = z.int().nonnegative();
  return z.union([one.transform((n): [number, number] => [n, n]), z.tuple([one, one])]);
};

/** How many before and after height and width: one whole number, [height, width], or [[top, bottom], [left, right]]. */
export const sides = () => {
  const one = z.int().nonnegative();
  type Sides = [[number, number], [number, number]];
  const alike = (height: number, width: number): Sides => [
    [height, height],
    [width, width],
  ];
  return z.union([
    one.transform((n) => alike(n, n)),
    z.tuple([one, one]).transform(([height, width]) => alike(height, width)),
    z.tuple([z.tuple([one, one]), z.tuple([one, one])]),
  ]);
};

export const padding = () =>
  z
    .union([z.enum(['valid', 'same']), z.int().nonnegative()])
    .default('valid')
    .describe('valid: none; same: as much as keeps ceil(size / stride); a number: that many on every side.');

/** As `padding`, for windows over time. */
export const paddingOverTime = () =>
  z
    .union([z.enum(['valid', 'same', 'causal']), z.int().nonnegative()])
    .default('valid')
    .describe(
      'valid: none; same: as much as keeps ceil(size / stride); causal: all of it before the first step, so that no output sees a ' +
        'later step; a number: that many at both ends.',
    );

/** As `padding`, for transposed convolutions: it is cut off the output. */
export const paddingOfOutput = () =>
  z
    .union([z.enum(['valid', 'same']), z.int().nonnegative()])
    .default('valid')
    .describe('valid: the whole output; same: size * stride of it; a number: that many less on every side.');

export const countIncludePad = () =>
  z
    .boolean()
    .default(true)
    .describe('Whether padding counts as zeros, as in PyTorch; false, as in Keras: means of what is there.');

export const keepdims = () => z.boolean().default(false).describe('Whether the axes stay, with length 1.');

/** The window that `padding` makes of an input `[batch, height, width, channels]`; an odd row or column goes to the end. */
export function window2d(
  inputShape: readonly number[],
  kernel: readonly [number, number],
  options: { strides: readonly [number, number]; dilation?: readonly [number, number]; padding: 'valid' | 'same' | number },
): Window2d {
  const { strides, dilation = [1, 1], padding: rule } = options;
  const along = (axis: 0 | 1): [number, number] => {
    if (typeof rule === 'number') return [rule, rule];
    if (rule === 'valid') return [0, 0];
    const length = inputShape[axis + 1]!;
    const extent = dilation[axis] * (kernel[axis] - 1) + 1;
    const total = Math.max(0, (Math.ceil(length / strides[axis]) - 1) * strides[axis] + extent - length);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  };
  const [[top, bottom], [left, right]] = [along(0), along(1)];
  return { strides, dilation, padding: { top, bottom, left, right } };
}
