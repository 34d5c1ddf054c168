import { z } from 'zod';
import type { Field } from '../data/field.js';
import { UserError } from '../errors.js';
import type { RandomStream } from '../random.js';
import type { Augmentation } from './augmentation.js';

/**
 * Where a pixel of the new picture lies in the old one: `[a, b, c, d, e, f]` takes (x, y) to (a x + b y + c, d x + e y + f), both counted from
 * the middle of the picture, in pixels.
 */
export type Affine = readonly [number, number, number, number, number, number];

export const fill = z
  .union([z.number(), z.literal('nearest')])
  .default(0)
  .describe('What lies beyond the edge: a value, where bytes count as value / 255, or `nearest`: the pixel at the edge.');
export type Fill = z.output<typeof fill>;

/** Height, width and channels of pictures `[height, width, channels]`, or of masks `[height, width]`. */
export function pictureShape(type: string, { kind, shape }: Field): { height: number; width: number; channels: number } {
  const [height, width, channels = 1] = shape;
  if (height !== undefined && width !== undefined && shape.length === (kind === 'class' ? 2 : 3))
    return { height, width, channels };
  throw new UserError(`${type} changes pictures [height, width, channels], but records are [${shape.join(', ')}]`, {
    hint: 'leave it out, or name the fields that it is to change in `fields`',
    exit: 'usage',
  });
}

/**
 * Moves the pixels of pictures. Values between pixels are interpolated linearly; of masks, whose values are classes, the nearest is taken.
 * @param draw where pixels come from, drawn for each record; nothing leaves the record as it is
 */
export function affineAugmentation(
  type: string,
  field: Field,
  filling: Fill,
  draw: (random: RandomStream) => Affine,
): Augmentation {
  const { height, width, channels } = pictureShape(type, field);
  const before = new Float32Array(height * width * channels);
  const sample = field.kind === 'class' ? sampleNearest : sampleLinear;
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  return (values, random) => {
    const [a, b, c, d, e, f] = draw(random);
    before.set(values);
    for (let y = 0, at = 0; y < height; y++) {
      let fromX = a * -middleX + b * (y - middleY) + c + middleX;
      let fromY = d * -middleX + e * (y - middleY) + f + middleY;
      for (let x = 0; x < width; x++, at += channels, fromX += a, fromY += d) {
        sample(before, height, width, channels, fromX, fromY, filling, values, at);
      }
    }
  };
}

type Sample = (
  from: Float32Array,
  height: number,
  width: number,
  channels: number,
  x: number,
  y: number,
  filling: Fill,
  to: Float32Array,
  at: number,
) => void;

const sampleNearest: Sample = (from, height, width, channels, x, y, filling, to, at) => {
  // Positions a rounding error away from a half must not depend on it.
  let [column, row] = [Math.round(x - 1e-9), Math.round(y - 1e-9)];
  if (filling === 'nearest') [column, row] = [clamp(column, width), clamp(row, height)];
  const isInside = column >= 0 && column < width && row >= 0 && row < height;
  const first = (row * width + column) * channels;
  for (let channel = 0; channel < channels; channel++) to[at + channel] = isInside ? from[first + channel]! : (filling as number);
};

const sampleLinear: Sample = (from, height, width, channels, x, y, filling, to, at) => {
  const [inX, inY] = filling === 'nearest' ? [clamp(x, width), clamp(y, height)] : [x, y];
  const [left, top] = [Math.floor(inX), Math.floor(inY)];
  const [shareX, shareY] = [inX - left, inY - top];
  if (left >= 0 && top >= 0 && left + 1 < width && top + 1 < height) {
    const first = (top * width + left) * channels;
    const below = first + width * channels;
    for (let channel = 0; channel < channels; channel++) {
      const upper = from[first + channel]! * (1 - shareX) + from[first + channels + channel]! * shareX;
      const lower = from[below + channel]! * (1 - shareX) + from[below + channels + channel]! * shareX;
      to[at + channel] = upper * (1 - shareY) + lower * shareY;
    }
    return;
  }
  const beyond = filling === 'nearest' ? 0 : filling;
  for (let channel = 0; channel < channels; channel++) {
    let sum = 0;
    for (let corner = 0; corner < 4; corner++) {
      const [column, row] = [left + (corner & 1), top + (corner >> 1)];
      const share = (corner & 1 ? shareX : 1 - shareX) * (corner >> 1 ? shareY : 1 - shareY);
      if (share === 0) continue;
      const isInside = column >= 0 && column < width && row >= 0 && row < height;
      sum += share * (isInside ? from[(row * width + column) * channels + channel]! : beyond);
    }
    to[at + channel] = sum;
  }
};

const clamp = (position: number, size: number): number => Math.min(Math.max(position, 0), size - 1);
