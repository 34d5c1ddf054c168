import { z } from 'zod';
import { ShapeError, formatShape } from '../../shape.js';
import { defineLayer } from '../layer.js';
import { activation, initializer } from '../fields.js';
import { linear } from '../linear.js';

/**
 * `activation(x W + b)` over the last axis: `[batch, ..., features]` to `[batch, ..., units]`.
 * Parameters: kernel `[features, units]`, bias `[units]`.
 */
export const dense = defineLayer({
  type: 'dense',
  summary: 'Fully connected: activation(x · kernel + bias) over the last axis.',
  options: z.object({
    units: z.int().positive().describe('The number of outputs.'),
    activation: activation(),
    use_bias: z.boolean().default(true).describe('Whether a bias is added.'),
    kernel_initializer: initializer('glorot_uniform'),
    bias_initializer: initializer('zeros'),
  }),
  masking: 'keep',
  build({ builder, parameter, activate }, [x], { units, use_bias, ...options }) {
    const shape = builder.shapeOf(x!);
    const features = shape[shape.length - 1]!;
    if (shape.length < 2) throw new ShapeError(`dense needs [batch, ..., features], not ${formatShape(shape)}`);
    const fans = { fanIn: features, fanOut: units };
    const kernel = parameter('kernel', [features, units], options.kernel_initializer, fans);
    const bias = use_bias ? parameter('bias', [units], options.bias_initializer, fans) : undefined;
    return activate(options.activation, linear(builder, x!, kernel, bias));
  },
});
