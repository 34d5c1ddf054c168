import { z } from 'zod';
import { defineAugmentation } from '../augmentation.js';
import { gaussianKernel, smoother } from '../gaussian.js';
import { fill, fillFor, pictureShape } from '../pictures.js';
import { samplerFor } from '../sampler.js';

/**
 * Distorts pictures as if they were on rubber (Simard et al., 2003): every pixel is read at a place beside its own, at distances, in
 * pixels, that are uniform numbers from -1 … 1, smoothed with a normal distribution of standard deviation `sigma`, times `alpha`. Beyond the
 * edge the numbers are 0; weights more than 4 sigma away are left out, as in SciPy's gaussian_filter. A small sigma distorts each pixel by
 * itself, a large one moves the picture as a whole.
 */
export const elastic = defineAugmentation({
  type: 'elastic',
  summary: 'Distorts pictures as if they were on rubber.',
  changes: ['number', 'class'],
  options: z.object({
    alpha: z.number().positive().default(34).describe('How strong distortions are.'),
    sigma: z.number().positive().max(100).default(4).describe('How smooth they are, in pixels.'),
    fill,
  }),
  create({ alpha, sigma, fill: filling }, field) {
    const picture = pictureShape('elastic', field);
    const { height, width, channels } = picture;
    const sampler = samplerFor(field.kind, picture, fillFor('elastic', field, filling));
    const kernel = gaussianKernel(2 * Math.floor(4 * sigma + 0.5) + 1, sigma);
    const smooth = smoother({ height, width, channels: 1 }, kernel.length, 'zero');
    const [toRight, down] = [new Float32Array(height * width), new Float32Array(height * width)];
    return (values, random) => {
      for (const distances of [toRight, down]) {
        for (let i = 0; i < distances.length; i++) distances[i] = random.between(-1, 1);
        smooth(distances, kernel);
      }
      sampler.take(values);
      for (let y = 0, i = 0; y < height; y++) {
        for (let x = 0; x < width; x++, i++) {
          sampler.row(values, i * channels, 1, x + alpha * toRight[i]!, y + alpha * down[i]!, 0, 0);
        }
      }
    };
  },
});
