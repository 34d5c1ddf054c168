import { z } from 'zod';
import { biasAndActivation, checkGroups } from '../convolution.js';
import { activation, filters, groups, initializer, padding, pair, useBias, window2d } from '../fields.js';
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
    filters: filters(),
    kernel_size: pair().describe('The window: one number, or [height, width].'),
    strides: pair().prefault([1, 1]).describe('How far the window moves: one number, or [height, width].'),
    padding: padding(),
    dilation: pair().prefault([1, 1]).describe('How far apart the taps of the window lie.'),
    groups: groups(),
    activation: activation(),
    use_bias: useBias(),
    kernel_initializer: initializer('glorot_uniform'),
    bias_initializer: initializer('zeros'),
  }),
  build(context, [x], { filters, kernel_size, groups, ...options }) {
    const { builder, parameter } = context;
    const shape = imageShape('conv2d', builder.shapeOf(x!));
    const channels = shape[3];
    checkGroups(groups, channels, filters);
    const taps = kernel_size[0] * kernel_size[1];
    const fans = { fanIn: (taps * channels) / groups, fanOut: (taps * filters) / groups };
    const kernel = parameter('kernel', [...kernel_size, channels / groups, filters], options.kernel_initializer, fans);
    const y = builder.add({ kind: 'conv2d', window: window2d(shape, kernel_size, options), groups }, [x!, kernel]);
    return biasAndActivation(context, y, options, fans);
  },
});
