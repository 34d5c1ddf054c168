import { z } from 'zod';
import { defineAugmentation } from '../augmentation.js';
import { colourPicture, luma } from '../colours.js';

/** Takes the colour out of pictures: red, green and blue become `0.299 R + 0.587 G + 0.114 B` (ITU-R BT.601). */
export const randomGreyscale = defineAugmentation({
  type: 'random_greyscale',
  summary: 'Takes the colour out of pictures.',
  changes: ['number'],
  options: z.object({ probability: z.number().gt(0).max(1).default(0.1).describe('Of how many records, on average.') }),
  create(_, field) {
    colourPicture('random_greyscale', field);
    return (values) => {
      for (let at = 0; at < values.length; at += 3) values.fill(luma(values[at]!, values[at + 1]!, values[at + 2]!), at, at + 3);
    };
  },
});
