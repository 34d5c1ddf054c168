import { z } from 'zod';
import { call, input } from '../../ops/expression.js';
import { ShapeError } from '../../shape.js';
import { activation, initializer, padding, pair, window2d } from '../fields.js';
import { imageShape } from '../input-shapes.js';
import { defineLayer } from '../layer.js';

/**
 * 2-d convolution (cross-correlation, as everywhere): `[batch, height, width, channels]` to `[batch, out height, out width,
 * filters]`, out = floor((size + padding - dilation * (kernel_size - 1) - 1) / stride) + 1.
 * Parameters: kernel `[kernel height, kernel width, channels / groups, filters]`, bias `[filters]`.
 */
export const conv2d = defineLayer({
  type: 'conv2d',
  summary: '2-d convolution over [height, width, channels].',
  options: z.object({
    filters: z.int().positive().describe('The number of output channels.'),
    kernel_size: pair().describe('The window: one number, or [height, width].'),
    strides: pair().prefault([1, 1]).describe('How far the window moves: one number, or [height, width].'),
    padding: padding(),
    dilation: pair().prefault([1, 1]).describe('How far apart the taps of the window lie.'),
    groups: z.int().positive().default(1).describe('Channels and filters are cut into this many separate convolutions.'),
    activation: activation(),
    use_bias: z.boolean().default(true).describe('Whether a bias is added.'),
    kernel_initializer: initializer('glorot_uniform'),
    bias_initializer: initializer('zeros'),
  }),
  build({ builder, parameter, activate }, [x], { filters, kernel_size, groups, use_bias, ...options }) {
    const shape = imageShape('conv2d', builder.shapeOf(x!));
    const channels = shape[3];
    if (channels % groups !== 0 || filters % groups !== 0) {
      throw new ShapeError(`groups: ${groups} must divide the ${channels} input channels and the ${filters} filters`);
    }
    const taps = kernel_size[0] * kernel_size[1];
    const fans = { fanIn: (taps * channels) / groups, fanOut: (taps * filters) / groups };
    const kernel = parameter('kernel', [...kernel_size, channels / groups, filters], options.kernel_initializer, fans);
    let y = builder.add({ kind: 'conv2d', window: window2d(shape, kernel_size, options), groups }, [x!, kernel]);
    if (use_bias) {
      const bias = parameter('bias', [filters], options.bias_initializer, fans);
      y = builder.map(call('add', input(0), input(1)), [y, bias]);
    }
    return activate(options.activation, y);
  },
});
