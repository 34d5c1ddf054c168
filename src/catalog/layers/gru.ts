import { z } from 'zod';
import { call, input } from '../../ops/expression.js';
import type { TensorId } from '../../ops/op.js';
import { defineLayer } from '../layer.js';
import { block, buildRecurrent, oneDirection, recurrentOptions, stepActivation } from '../recurrent.js';

/**
 * Gated recurrent unit (Cho et al., 2014), its reset gate after the product, as in PyTorch and cuDNN (Keras' `reset_after`): with
 * `[r z n] = x W + b` and `[r' z' n'] = h U`, `r = sigmoid(r + r')`, `z = sigmoid(z + z')`, `n = tanh(n + r (n' + b'))` and
 * `h = (1 - z) n + z h`. With `reset_after: false` the reset gate comes before the product, as it was first published:
 * `n = tanh(n + (r h) U_n)`. `[batch, time, features]` to `[batch, time, units]`, or `[batch, units]`. What all recurrent layers do with
 * masks and how their parameters are named stands at `buildRecurrent`.
 *
 * The blocks stand in the kernels and in the bias in this order, r, z, n, as in PyTorch (Keras has z first, and calls n h). The gates
 * have one bias, the sum of PyTorch's two; n has b and, within what is reset, b', the parameter recurrent_bias `[units]`, which there is
 * only where the reset comes after the product.
 */
export const gru = defineLayer({
  type: 'gru',
  summary: 'Gated recurrent unit over the steps of [batch, time, features].',
  options: z
    .object({
      ...recurrentOptions,
      activation: stepActivation('tanh', 'Of the new content.'),
      recurrent_activation: stepActivation('sigmoid', 'Of the gates.'),
      reset_after: z
        .boolean()
        .default(true)
        .describe(
          "Whether the reset gate multiplies the state's product with the recurrent kernel (PyTorch, cuDNN), or the state itself.",
        ),
    })
    .refine(...oneDirection),
  masking: 'use',
  build(context, [x], options) {
    const { activation, recurrent_activation, bias_initializer: bias } = options;
    return buildRecurrent(
      context,
      x!,
      { ...options, type: 'gru' },
      {
        blocks: 3,
        biasInitializers: [bias, bias, bias],
        open(cell) {
          const { builder, activate, units, parameter, recur } = cell;
          const fans = { fanIn: units, fanOut: 3 * units };
          const { reset_after: isAfter } = options;
          const recurrentBias = options.use_bias && isAfter ? parameter('recurrent_bias', [units], bias, fans) : undefined;
          const sum = (a: TensorId, b: TensorId | undefined): TensorId =>
            b === undefined ? a : builder.map(call('add', input(0), input(1)), [a, b]);
          /** What the state adds to the new content, within what is reset. */
          const fromState = (h: TensorId | undefined, product: TensorId | undefined, r: TensorId): TensorId | undefined => {
            const multiplied = (part: TensorId): TensorId => builder.map(call('multiply', input(0), input(1)), [r, part]);
            if (!isAfter) return h === undefined ? undefined : recur(multiplied(h), 2, 1);
            const part = product === undefined ? undefined : block(cell, product, 2);
            const within = part === undefined ? recurrentBias : sum(part, recurrentBias);
            return within === undefined ? undefined : multiplied(within);
          };
          return (x, before, hold) => {
            const h = before?.[0];
            const product = h === undefined ? undefined : recur(h, 0, isAfter ? 3 : 2);
            const gate = (index: number) =>
              activate(recurrent_activation, sum(block(cell, x, index), product && block(cell, product, index)));
            const [r, z] = [gate(0), gate(1)];
            const n = activate(activation, sum(block(cell, x, 2), fromState(h, product, r)));
            const away = h === undefined ? call('negate', input(0)) : call('subtract', input(2), input(0));
            const next = call('add', input(0), call('multiply', input(1), away));
            return [hold(builder.map(next, h === undefined ? [n, z] : [n, z, h]), h)];
          };
        },
      },
    );
  },
});
