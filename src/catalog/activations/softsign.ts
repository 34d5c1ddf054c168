import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import { defineActivation } from '../activation.js';

/** `x / (1 + |x|)`. Bergstra et al., 2009. */
export const softsign = defineActivation({
  type: 'softsign',
  summary: 'x / (1 + |x|).',
  options: z.object({}),
  apply(builder, x) {
    return builder.map(call('divide', input(0), call('add', constant(1), call('absolute', input(0)))), [x]);
  },
});
