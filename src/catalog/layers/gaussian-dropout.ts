import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import { defineLayer } from '../layer.js';
import { standardNormal } from '../standard-normal.js';

/**
 * In training every element times a normal number of mean 1 and variance rate / (1 - rate), which dropout of that rate has as well
 * (Srivastava et al., 2014, section 10); in evaluation x. The number is a function of (seed, layer, step, element).
 */
export const gaussianDropout = defineLayer({
  type: 'gaussian_dropout',
  summary: 'Multiplies by normally distributed noise of mean 1 while training.',
  options: z.object({
    rate: z.number().min(0).lt(1).describe('The noise has the variance rate / (1 - rate), as that of dropout of this rate.'),
  }),
  masking: 'keep',
  build({ builder, name, training }, [x], { rate }) {
    if (!training || rate === 0) return x!;
    const noise = standardNormal(builder, name, builder.shapeOf(x!));
    const factor = call('add', call('multiply', input(1), constant(Math.sqrt(rate / (1 - rate)))), constant(1));
    return builder.map(call('multiply', input(0), factor), [x!, noise]);
  },
});
