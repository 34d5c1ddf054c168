import { z } from 'zod';
import { ShapeError, formatShape } from '../../shape.js';
import { activations } from '../activations/index.js';
import { drop } from '../drop.js';
import { initializer } from '../fields.js';
import { defineLayer } from '../layer.js';
import { linear } from '../linear.js';

/**
 * `linear_2(activation(linear_1(x)))`, which keeps the shape `[batch, ..., width]`: each step by itself passes through a wider layer
 * and back (Vaswani et al., Attention is all you need, 2017, section 3.3).
 * Parameters: `linear_1.kernel [width, units]`, `linear_1.bias [units]`, `linear_2.kernel [units, width]`, `linear_2.bias [width]`.
 */
export const feedForward = defineLayer({
  type: 'feed_forward',
  summary: 'Two dense layers, through more units and back to the width of the input.',
  options: z.object({
    units: z.int().positive().optional().describe('The units between the two; by default 4 times the width.'),
    activation: activations.schemaOrName().prefault('relu').describe('Applied between the two.'),
    dropout: z.number().min(0).lt(1).default(0).describe('The part of what is between the two that is dropped while training.'),
    use_bias: z.boolean().default(true).describe('Whether biases are added.'),
    kernel_initializer: initializer('glorot_uniform'),
    bias_initializer: initializer('zeros'),
  }),
  masking: 'keep',
  build(context, [x], { activation, dropout, use_bias, kernel_initializer, bias_initializer, ...options }) {
    const { builder, parameter, activate } = context;
    const shape = builder.shapeOf(x!);
    if (shape.length < 2) throw new ShapeError(`feed_forward needs [batch, ..., width], not ${formatShape(shape)}`);
    const width = shape.at(-1)!;
    const { units = 4 * width } = options;
    const pass = (name: string, y: number, from: number, to: number): number => {
      const fans = { fanIn: from, fanOut: to };
      const kernel = parameter(`${name}.kernel`, [from, to], kernel_initializer, fans);
      return linear(builder, y, kernel, use_bias ? parameter(`${name}.bias`, [to], bias_initializer, fans) : undefined);
    };
    const inner = activate(activation, pass('linear_1', x!, width, units));
    return pass('linear_2', drop(context, inner, dropout), units, width);
  },
});
