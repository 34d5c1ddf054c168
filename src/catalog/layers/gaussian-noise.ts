import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import { defineLayer } from '../layer.js';
import { standardNormal } from '../standard-normal.js';

/**
 * In training `x + stddev * n` with a standard normal number n for each element, a function of (seed, layer, step, element); in
 * evaluation x.
 */
export const gaussianNoise = defineLayer({
  type: 'gaussian_noise',
  summary: 'Adds normally distributed noise while training.',
  options: z.object({ stddev: z.number().nonnegative().describe('The standard deviation of the noise.') }),
  masking: 'keep',
  build({ builder, name, training }, [x], { stddev }) {
    if (!training || stddev === 0) return x!;
    const noise = standardNormal(builder, name, builder.shapeOf(x!));
    return builder.map(call('add', input(0), call('multiply', input(1), constant(stddev))), [x!, noise]);
  },
});
