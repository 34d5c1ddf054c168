import { z } from 'zod';
import type { RandomStream } from '../../random.js';
import { defineAugmentation } from '../augmentation.js';
import { clampToUnit, colourPicture, luma, turnHue } from '../colours.js';
import { pictureShape } from '../pictures.js';

const strength = z.number().min(0);

/** Changes a picture by a factor, or for the hue a turn. */
type Change = (values: Float32Array, drawn: number) => void;

/**
 * Changes brightness, contrast, saturation and hue of pictures with values of 0 to 1, each if its option is above 0, in an order that is
 * drawn. Factors f are drawn uniformly from 1 - s … 1 + s (from 0 on), turns of the hue from -h … h of the circle; results are cut to 0 … 1.
 *
 * - brightness: `f x`
 * - contrast: `f x + (1 - f) mean`, the mean of the grey picture
 * - saturation: `f x + (1 - f) grey`, of each pixel
 * - hue: the pixel's hue in HSV moves on
 *
 * As ColorJitter of torchvision, but that grey is `0.299 R + 0.587 G + 0.114 B`, whose factors have the sum 1.
 */
export const colorJitter = defineAugmentation({
  type: 'color_jitter',
  summary: 'Changes brightness, contrast, saturation and hue of pictures.',
  changes: ['number'],
  options: z
    .object({
      brightness: strength.default(0).describe('How far factors of the brightness go from 1.'),
      contrast: strength.default(0).describe('How far factors of the contrast go from 1.'),
      saturation: strength.default(0).describe('How far factors of the saturation go from 1; for pictures in colour.'),
      hue: strength
        .max(0.5)
        .default(0)
        .describe('How far the hue is turned either way, 1 being the whole circle; for pictures in colour.'),
    })
    .refine(({ brightness, contrast, saturation, hue }) => brightness + contrast + saturation + hue > 0, {
      error: 'changes nothing: set brightness, contrast, saturation or hue',
    }),
  create({ brightness, contrast, saturation, hue }, field) {
    const { channels } = pictureShape('color_jitter', field);
    if (saturation > 0) colourPicture('saturation', field);
    if (hue > 0) colourPicture('hue', field);
    const around = (most: number) => (random: RandomStream) => random.between(Math.max(0, 1 - most), 1 + most);
    const all: { most: number; draw: (random: RandomStream) => number; change: Change }[] = [
      { most: brightness, draw: around(brightness), change: brighten },
      { most: contrast, draw: around(contrast), change: contrastBy(channels) },
      { most: saturation, draw: around(saturation), change: saturate },
      { most: hue, draw: (random) => random.between(-hue, hue), change: turnHue },
    ];
    const chosen = all.filter(({ most }) => most > 0);
    return (values, random) => {
      const left = [...chosen];
      while (left.length > 0) {
        const [next] = left.splice(left.length === 1 ? 0 : random.below(left.length), 1);
        next!.change(values, next!.draw(random));
      }
    };
  },
});

const brighten: Change = (values, factor) => {
  for (let i = 0; i < values.length; i++) values[i] = clampToUnit(values[i]! * factor);
};

/** Pictures with other than three channels are grey by themselves: the mean is of all values. */
const contrastBy =
  (channels: number): Change =>
  (values, factor) => {
    let sum = 0;
    if (channels === 3)
      for (let at = 0; at < values.length; at += 3) sum += 3 * luma(values[at]!, values[at + 1]!, values[at + 2]!);
    else for (const value of values) sum += value;
    const rest = (1 - factor) * (sum / values.length);
    for (let i = 0; i < values.length; i++) values[i] = clampToUnit(values[i]! * factor + rest);
  };

const saturate: Change = (values, factor) => {
  for (let at = 0; at < values.length; at += 3) {
    const rest = (1 - factor) * luma(values[at]!, values[at + 1]!, values[at + 2]!);
    for (let i = at; i < at + 3; i++) values[i] = clampToUnit(values[i]! * factor + rest);
  }
};
