import { z } from 'zod';
import { defineLayer } from '../layer.js';
import { buildRecurrent, oneDirection, recurrentOptions, stepActivation, withState } from '../recurrent.js';

/**
 * `h = activation(x W + h U + b)` (Elman, 1990): `[batch, time, features]` to `[batch, time, units]`, or `[batch, units]`. What all
 * recurrent layers do with masks and how their parameters are named stands at `buildRecurrent`. PyTorch has two biases: b is their sum.
 */
export const simpleRnn = defineLayer({
  type: 'simple_rnn',
  summary: 'Recurrent: h = activation(x · kernel + h · recurrent_kernel + bias) for each step of [batch, time, features].',
  options: z.object({ ...recurrentOptions, activation: stepActivation('tanh', 'Makes the new state.') }).refine(...oneDirection),
  masking: 'use',
  build(context, [x], options) {
    const { activation, bias_initializer } = options;
    return buildRecurrent(
      context,
      x!,
      { ...options, type: 'simple_rnn' },
      {
        blocks: 1,
        biasInitializers: [bias_initializer],
        open: (cell) => (x, before, hold) => [hold(cell.activate(activation, withState(cell, x, before)), before?.[0])],
      },
    );
  },
});
