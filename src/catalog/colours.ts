import type { Field } from '../data/field.js';
import { UserError } from '../errors.js';
import { type Picture, pictureShape } from './pictures.js';

/**
 * The sizes of pictures in colour, `[height, width, 3]`.
 * @throws UserError where they have no colour
 */
export function colourPicture(what: string, field: Field): Picture {
  const picture = pictureShape(what, field);
  if (picture.channels === 3) return picture;
  throw new UserError(
    `${what} needs pictures with red, green and blue, but these have ${picture.channels} ${picture.channels === 1 ? 'channel' : 'channels'}`,
    { hint: 'leave it out', exit: 'usage' },
  );
}

/** How bright a colour is (ITU-R BT.601). */
export const luma = (red: number, green: number, blue: number): number => 0.299 * red + 0.587 * green + 0.114 * blue;

export const clampToUnit = (value: number): number => (value < 0 ? 0 : value > 1 ? 1 : value);

/** Turns the hue of each pixel by a part of the circle: from RGB to HSV and back (Smith, 1978). */
export function turnHue(values: Float32Array, turn: number): void {
  for (let at = 0; at < values.length; at += 3) {
    const red = values[at]!;
    const green = values[at + 1]!;
    const blue = values[at + 2]!;
    const most = Math.max(red, green, blue);
    const span = most - Math.min(red, green, blue);
    if (span === 0) continue;
    // In sixths of the circle, from red over green and blue.
    let hue = 0;
    if (most === red) hue = (green - blue) / span;
    else if (most === green) hue = 2 + (blue - red) / span;
    else hue = 4 + (red - green) / span;
    hue = (hue + 6 * turn + 12) % 6;
    for (let channel = 0; channel < 3; channel++) {
      // A channel is full for two sixths about its own colour, and rises and falls over one.
      const distance = Math.abs(((hue - 2 * channel + 9) % 6) - 3);
      values[at + channel] = most - span * clampToUnit(distance - 1);
    }
  }
}
