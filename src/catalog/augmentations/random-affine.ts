import { z } from 'zod';
import { affineAugmentation, inverseOf } from '../affine.js';
import { defineAugmentation } from '../augmentation.js';
import { fill, range } from '../pictures.js';

const pair = (number: z.ZodNumber) => z.tuple([number, number]).default([0, 0]);

/**
 * Slants, scales, turns and moves pictures, in this order, about their middle, and computes them once: with several augmentations pictures would
 * be interpolated at each. Numbers are drawn uniformly, from -degrees … degrees, from -part … part of the width and the height, from `scale`, and
 * from -shear … shear. As RandomAffine of torchvision, but for parts of pixels, by which pictures are moved as well.
 */
export const randomAffine = defineAugmentation({
  type: 'random_affine',
  summary: 'Turns, moves, scales and slants pictures at once.',
  changes: ['number', 'class'],
  options: z
    .object({
      degrees: z.number().min(0).max(180).default(0).describe('The largest angle, either way.'),
      translate: pair(z.number().min(0).max(1)).describe(
        'How far at most to either side, as a part of the width, and up or down, as a part of the height.',
      ),
      scale: range(z.number().positive().max(100)).default([1, 1]).describe('The smallest and the largest factor.'),
      shear: pair(z.number().min(0).max(89)).describe('The largest angles, in degrees, by which columns and rows are slanted.'),
      fill,
    })
    .refine(
      ({ degrees, translate, scale, shear }) =>
        degrees > 0 || [...translate, ...shear].some((most) => most > 0) || scale.some((factor) => factor !== 1),
      'changes nothing: set degrees, translate, scale or shear',
    ),
  create({ degrees, translate, scale, shear, fill: filling }, field) {
    const [rows = 0, columns = 0] = field.shape;
    return affineAugmentation('random_affine', field, filling, (random) => {
      const upTo = (most: number): number => random.between(-most, most);
      const angle = radians(upTo(degrees));
      const [x, y] = [upTo(translate[0]) * columns, upTo(translate[1]) * rows];
      const factor = random.between(...scale);
      return inverseOf({ angle, x, y, scale: factor, shearX: radians(upTo(shear[0])), shearY: radians(upTo(shear[1])) });
    });
  },
});

const radians = (degrees: number): number => (degrees * Math.PI) / 180;
