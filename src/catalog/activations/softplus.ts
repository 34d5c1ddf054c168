import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import { defineActivation } from '../activation.js';

/**
 * `ln(1 + exp(beta * x)) / beta` (Dugas et al., 2001), computed as `max(0, x) + ln(1 + exp(-|beta * x|)) / beta`, which
 * overflows nowhere. So it needs no threshold beyond which it is linear: PyTorch's (20) changes it by less than 3e-9.
 */
export const softplus = defineActivation({
  type: 'softplus',
  summary: 'A smooth relu: ln(1 + exp(beta * x)) / beta.',
  options: z.object({ beta: z.number().positive().default(1).describe('The larger, the nearer to relu.') }),
  apply(builder, x, { beta }) {
    const b = call('multiply', input(0), constant(beta));
    // The order of arguments decides what the derivatives are where they are equal: at 0 they must sum to 1/2.
    const power = call('exponential', call('minimum', b, call('negate', b)));
    const sum = call('add', constant(1), power);
    const logarithm = call('logarithm', sum);
    // The digits of a small power that are lost when 1 is added to it. ln(sum) / (sum - 1) varies so slowly that its value at the
    // sum as rounded is right for the power as it is (Kahan). It is 0 but for rounding, and so is its gradient.
    const lost = call('subtract', call('divide', power, call('subtract', sum, constant(1))), constant(1));
    const correction = call('select', call('equal', sum, constant(1)), power, call('multiply', logarithm, lost));
    const digits = builder.stopGradient(builder.map(correction, [x]));
    const curved = call('multiply', call('add', logarithm, input(1)), constant(1 / beta));
    return builder.map(call('add', call('maximum', constant(0), input(0)), curved), [x, digits]);
  },
});
