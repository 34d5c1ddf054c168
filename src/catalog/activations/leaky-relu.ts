import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import { defineActivation } from '../activation.js';

/** `x` where x > 0, else `negative_slope * x`. Maas, Hannun and Ng, 2013. */
export const leakyRelu = defineActivation({
  type: 'leaky_relu',
  summary: 'x where x > 0, else negative_slope * x.',
  options: z.object({ negative_slope: z.number().default(0.01).describe('The slope left of 0.') }),
  apply(builder, x, { negative_slope }) {
    const slope = call('select', call('greater', input(0), constant(0)), constant(1), constant(negative_slope));
    return builder.map(call('multiply', input(0), slope), [x]);
  },
});
