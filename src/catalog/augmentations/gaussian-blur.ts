import { z } from 'zod';
import { UserError } from '../../errors.js';
import { defineAugmentation } from '../augmentation.js';
import { gaussianKernel, smoother } from '../gaussian.js';
import { pictureShape, range } from '../pictures.js';

/**
 * Makes pictures less sharp: a convolution with the weights `exp(-d^2 / (2 sigma^2))` of a square of `kernel_size` pixels, divided by their sum,
 * sigma being drawn uniformly. Pictures are mirrored at their outermost pixels. As GaussianBlur of torchvision.
 */
export const gaussianBlur = defineAugmentation({
  type: 'gaussian_blur',
  summary: 'Makes pictures less sharp.',
  changes: ['number'],
  options: z.object({
    kernel_size: z
      .int()
      .min(3)
      .max(99)
      .refine((size) => size % 2 === 1, 'must be odd')
      .default(5)
      .describe('Height and width of what a pixel is made from, an odd number.'),
    sigma: range(z.number().positive()).default([0.1, 2]).describe('The least and the largest standard deviation, in pixels.'),
  }),
  create({ kernel_size, sigma }, field) {
    const picture = pictureShape('gaussian_blur', field);
    const { height, width } = picture;
    if (kernel_size >> 1 >= Math.min(height, width)) {
      throw new UserError(`a kernel of ${kernel_size} pixels is too large for pictures of ${height} × ${width}`, {
        hint: `take at most ${2 * Math.min(height, width) - 1}`,
        exit: 'usage',
      });
    }
    const smooth = smoother(picture, kernel_size, 'reflect');
    return (values, random) => smooth(values, gaussianKernel(kernel_size, random.between(...sigma)));
  },
});
