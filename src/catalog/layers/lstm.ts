import { z } from 'zod';
import { call, input } from '../../ops/expression.js';
import { defineLayer } from '../layer.js';
import { block, buildRecurrent, oneDirection, recurrentOptions, stepActivation, withState } from '../recurrent.js';

/**
 * Long short-term memory (Hochreiter and Schmidhuber, 1997; Gers et al., 2000): with `[i f g o] = x W + h U + b`,
 * `c = sigmoid(f) c + sigmoid(i) tanh(g)` and `h = sigmoid(o) tanh(c)`. `[batch, time, features]` to `[batch, time, units]`, or
 * `[batch, units]`. What all recurrent layers do with masks and how their parameters are named stands at `buildRecurrent`.
 *
 * The gates stand in the kernels and in the bias in this order, i, f, g, o, as in PyTorch (Keras calls g c). There is one bias, as in
 * Keras: the sum of PyTorch's two. First values are Keras': glorot_uniform, orthogonal, 0, and 1 for the forget gate's bias
 * (Jozefowicz et al., 2015); PyTorch draws all of them from uniform(-1 / sqrt(units), 1 / sqrt(units)).
 */
export const lstm = defineLayer({
  type: 'lstm',
  summary: 'Long short-term memory over the steps of [batch, time, features].',
  options: z
    .object({
      ...recurrentOptions,
      activation: stepActivation('tanh', 'Of the new content and of the cell that is put out.'),
      recurrent_activation: stepActivation('sigmoid', 'Of the gates.'),
      unit_forget_bias: z.boolean().default(true).describe("Whether the forget gate's bias starts at 1."),
    })
    .refine(...oneDirection),
  masking: 'use',
  build(context, [x], options) {
    const { activation, recurrent_activation, bias_initializer: bias, unit_forget_bias } = options;
    return buildRecurrent(
      context,
      x!,
      { ...options, type: 'lstm' },
      {
        blocks: 4,
        biasInitializers: [bias, unit_forget_bias ? { type: 'ones' } : bias, bias, bias],
        open: (cell) => (x, before, hold) => {
          const { builder, activate } = cell;
          const sum = withState(cell, x, before);
          const gate = (index: number) => activate(recurrent_activation, block(cell, sum, index));
          const [i, g] = [gate(0), activate(activation, block(cell, sum, 2))];
          const kept = before?.[1];
          const content = call('multiply', input(0), input(1));
          const next =
            kept === undefined
              ? builder.map(content, [i, g])
              : builder.map(call('add', content, call('multiply', input(2), input(3))), [i, g, gate(1), kept]);
          const c = hold(next, kept);
          const output = builder.map(call('multiply', input(0), input(1)), [gate(3), activate(activation, c)]);
          return [hold(output, before?.[0]), c];
        },
      },
    );
  },
});
