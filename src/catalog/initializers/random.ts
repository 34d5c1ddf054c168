import { z } from 'zod';
import { randomNormal, randomUniform } from '../../random.js';
import { size } from '../../shape.js';
import { defineInitializer } from '../initializer.js';

const mean = z.number().default(0).describe('The mean.');
const std = z.number().nonnegative().default(0.05).describe('The standard deviation.');

export const normal = defineInitializer({
  type: 'normal',
  summary: 'Normally distributed, whatever the shape.',
  options: z.object({ mean, std }),
  create: ({ mean, std }, shape, _, key) =>
    Float32Array.from({ length: size(shape) }, (_, i) => mean + std * randomNormal(key, i)),
});

/** How many standard deviations from the mean a number of `truncated_normal` may be. */
const furthest = 2;

/** Numbers further away are drawn again, as TensorFlow and JAX do. What is left has 0.88 of the standard deviation. */
export const truncatedNormal = defineInitializer({
  type: 'truncated_normal',
  summary: 'Normally distributed, but nothing further than 2 standard deviations from the mean.',
  options: z.object({ mean, std: std.describe('The standard deviation before what is further away is drawn again.') }),
  create({ mean, std }, shape, _, key) {
    const count = size(shape);
    return Float32Array.from({ length: count }, (_, i) => {
      // Every attempt of every element has a number of the stream to itself.
      let attempt = i;
      while (Math.abs(randomNormal(key, attempt)) > furthest) attempt += count;
      return mean + std * randomNormal(key, attempt);
    });
  },
});

export const uniform = defineInitializer({
  type: 'uniform',
  summary: 'Uniform between min and max, whatever the shape.',
  options: z
    .object({
      min: z.number().default(-0.05).describe('The least value.'),
      max: z.number().default(0.05).describe('The bound above all values.'),
    })
    .refine(({ min, max }) => min <= max, 'min must not be above max'),
  create: ({ min, max }, shape, _, key) =>
    Float32Array.from({ length: size(shape) }, (_, i) => min + (max - min) * randomUniform(key, i)),
});
