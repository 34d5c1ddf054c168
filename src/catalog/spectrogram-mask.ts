import { z } from 'zod';
import type { Field } from '../data/field.js';
import { UserError } from '../errors.js';
import type { Augmentation } from './augmentation.js';

/** Options of what hides stretches of a spectrogram. */
export const maskOptions = {
  length: z.int().positive().describe('The most that a stretch hides; how much is drawn uniformly, from 0 on.'),
  masks: z.int().positive().max(100).default(1).describe('How many stretches are hidden. They may overlap.'),
  fill: z
    .union([z.number(), z.literal('mean')])
    .default(0)
    .describe('What they are filled with: a value, or the mean of the record.'),
};

interface MaskOptions {
  readonly length: number;
  readonly masks: number;
  readonly fill: number | 'mean';
}

/**
 * Hides stretches of spectrograms `[frames, bands]` or `[frames, bands, 1]`, along an axis.
 * @throws UserError where records are none, or have no such stretch
 */
export function spectrogramMask(
  type: string,
  axis: 'frames' | 'bands',
  { shape }: Field,
  { length, masks, fill }: MaskOptions,
): Augmentation {
  const [frames, bands, one = 1] = shape;
  if (frames === undefined || bands === undefined || one !== 1 || shape.length > 3) {
    throw new UserError(
      `${type} changes spectrograms [frames, bands] or [frames, bands, 1], but records are [${shape.join(', ')}]`,
      {
        hint: 'leave it out, or name the fields that it is to change in `fields`',
        exit: 'usage',
      },
    );
  }
  const size = axis === 'frames' ? frames : bands;
  if (length > size) {
    throw new UserError(`${type} would hide up to ${length} of ${size} ${axis}`, {
      hint: `take a length of at most ${size}`,
      exit: 'usage',
    });
  }
  return (values, random) => {
    const value = fill === 'mean' ? values.reduce((sum, each) => sum + each, 0) / values.length : fill;
    for (let mask = 0; mask < masks; mask++) {
      const hidden = random.below(length + 1);
      const first = random.below(size - hidden + 1);
      if (axis === 'frames') values.fill(value, first * bands, (first + hidden) * bands);
      else for (let start = first; start < values.length; start += bands) values.fill(value, start, start + hidden);
    }
  };
}
