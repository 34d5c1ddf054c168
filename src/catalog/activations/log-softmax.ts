import { z } from 'zod';
import { call, input } from '../../ops/expression.js';
import { defineActivation } from '../activation.js';

/** `x - max - ln(sum(exp(x - max)))` over the last axis. */
export const logSoftmax = defineActivation({
  type: 'log_softmax',
  summary: 'The logarithm of softmax, over the last axis.',
  options: z.object({}),
  apply(builder, x) {
    const last = builder.shapeOf(x).length - 1;
    // As in softmax, what is subtracted changes nothing but what overflows.
    const largest = builder.stopGradient(builder.reduce('maximum', x, [last]));
    const shifted = builder.map(call('subtract', input(0), input(1)), [x, largest]);
    const sum = builder.reduce('sum', builder.map(call('exponential', input(0)), [shifted]), [last]);
    return builder.map(call('subtract', input(0), call('logarithm', input(1))), [shifted, sum]);
  },
});
