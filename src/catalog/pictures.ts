import { z } from 'zod';
import type { Field } from '../data/field.js';
import { UserError } from '../errors.js';

/** The sizes of pictures `[height, width, channels]`, or of masks `[height, width]`. */
export interface Picture {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** @throws UserError where records are no pictures */
export function pictureShape(type: string, { kind, shape }: Field): Picture {
  const [height, width, channels = 1] = shape;
  if (height !== undefined && width !== undefined && shape.length === (kind === 'class' ? 2 : 3))
    return { height, width, channels };
  throw new UserError(`${type} changes pictures [height, width, channels], but records are [${shape.join(', ')}]`, {
    hint: 'leave it out, or name the fields that it is to change in `fields`',
    exit: 'usage',
  });
}

export const fill = z
  .union([z.number(), z.literal('nearest')])
  .default(0)
  .describe('What lies beyond the edge: a value, where bytes count as value / 255, or `nearest`: the pixel at the edge.');
export type Fill = z.output<typeof fill>;

/**
 * What lies beyond the edge of the pictures of a field.
 * @throws UserError where it is no value of theirs: a mask has classes
 */
export function fillFor(type: string, field: Field, filling: Fill): Fill {
  if (field.kind === 'number' || filling === 'nearest') return filling;
  if (Number.isInteger(filling) && filling >= 0 && filling < field.classes) return filling;
  throw new UserError(`${type} fills with ${filling}, but the classes of a mask are 0 to ${field.classes - 1}`, {
    hint: 'take a class that is right for the picture as well, such as 0, or nearest where it may be',
    exit: 'usage',
  });
}

/** A range that a number is drawn from uniformly. */
export const range = (number: z.ZodNumber) =>
  z.tuple([number, number]).refine(([low, high]) => low <= high, 'the first number must not be above the second');

/**
 * Gives each pixel (y, x) that of `from` at `(rows[y], columns[x])`, whole pixels without anything between them.
 * @param filling the value of pixels for which either is negative
 */
export function pickPixels(
  from: Float32Array,
  { height, width, channels }: Picture,
  rows: ArrayLike<number>,
  columns: ArrayLike<number>,
  filling: number,
  to: Float32Array,
): void {
  for (let y = 0, at = 0; y < height; y++) {
    const row = rows[y]! * width;
    for (let x = 0; x < width; x++) {
      const column = columns[x]!;
      const first = (row + column) * channels;
      const isInside = row >= 0 && column >= 0;
      for (let channel = 0; channel < channels; channel++) to[at++] = isInside ? from[first + channel]! : filling;
    }
  }
}
