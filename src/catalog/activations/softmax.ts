import { z } from 'zod';
import { call, input } from '../../ops/expression.js';
import { defineActivation } from '../activation.js';

/** `exp(x - max) / sum(exp(x - max))` over the last axis. */
export const softmax = defineActivation({
  type: 'softmax',
  summary: 'exp(x) / sum(exp(x)) over the last axis. The cross-entropy loss applies its own: do not put one before it.',
  options: z.object({}),
  apply(builder, x) {
    const last = builder.shapeOf(x).length - 1;
    // The result does not depend on what is subtracted; the largest keeps the powers from overflowing.
    const largest = builder.stopGradient(builder.reduce('maximum', x, [last]));
    const powers = builder.map(call('exponential', call('subtract', input(0), input(1))), [x, largest]);
    return builder.map(call('divide', input(0), input(1)), [powers, builder.reduce('sum', powers, [last])]);
  },
});
