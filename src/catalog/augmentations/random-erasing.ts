import { z } from 'zod';
import { defineAugmentation } from '../augmentation.js';
import { drawPart, overwritePart } from '../picture-part.js';
import { pictureShape, range } from '../pictures.js';

/**
 * Covers a rectangle of pictures (Zhong et al., 2017). Its area is drawn uniformly from `scale` of the picture's, its width over its height from
 * `ratio`, so that the logarithm is uniform, and its place uniformly. A picture into which ten draws do not fit stays as it is.
 */
export const randomErasing = defineAugmentation({
  type: 'random_erasing',
  summary: 'Covers a rectangle of pictures.',
  changes: ['number'],
  options: z.object({
    probability: z.number().gt(0).max(1).default(0.5).describe('Of how many records, on average.'),
    scale: range(z.number().positive().max(1))
      .default([0.02, 0.33])
      .describe("The rectangle's area, as a part of the picture's."),
    ratio: range(z.number().positive().max(100)).default([0.3, 3.3]).describe('Its width over its height.'),
    value: z
      .union([z.number(), z.literal('random')])
      .default(0)
      .describe('What it is filled with, where bytes count as value / 255; random: numbers of 0 to 1.'),
  }),
  create({ scale, ratio, value }, field) {
    const picture = pictureShape('random_erasing', field);
    return (values, random) => {
      const part = drawPart(picture, scale, ratio, random);
      if (part === undefined) return;
      overwritePart(values, picture, part, value === 'random' ? () => random.uniform() : () => value);
    };
  },
});
