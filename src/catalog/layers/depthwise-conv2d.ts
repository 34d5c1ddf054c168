import { z } from 'zod';
import { biasAndActivation } from '../convolution.js';
import { activation, initializer, padding, pair, useBias, window2d } from '../fields.js';
import { imageShape } from '../input-shapes.js';
import { defineLayer } from '../layer.js';

/**
 * A convolution of each channel by itself: `[batch, height, width, channels]` to `[batch, out height, out width, channels *
 * depth_multiplier]`, the outputs of a channel side by side.
 * Parameters: kernel `[kernel height, kernel width, channels, depth_multiplier]`, bias `[channels * depth_multiplier]`.
 */
export const depthwiseConv2d = defineLayer({
  type: 'depthwise_conv2d',
  summary: '2-d convolution of each channel by itself.',
  options: z.object({
    kernel_size: pair().describe('The window: one number, or [height, width].'),
    depth_multiplier: z.int().positive().default(1).describe('How many outputs each channel has.'),
    strides: pair().prefault([1, 1]).describe('How far the window moves: one number, or [height, width].'),
    padding: padding(),
    dilation: pair().prefault([1, 1]).describe('How far apart the taps of the window lie.'),
    activation: activation(),
    use_bias: useBias(),
    depthwise_initializer: initializer('glorot_uniform'),
    bias_initializer: initializer('zeros'),
  }),
  build(context, [x], { kernel_size, depth_multiplier, ...options }) {
    const { builder, parameter } = context;
    const shape = imageShape('depthwise_conv2d', builder.shapeOf(x!));
    const channels = shape[3];
    const taps = kernel_size[0] * kernel_size[1];
    const fans = { fanIn: taps, fanOut: taps * depth_multiplier };
    const kernel = parameter('kernel', [...kernel_size, channels, depth_multiplier], options.depthwise_initializer, fans);
    const filter = builder.reshape(kernel, [...kernel_size, 1, channels * depth_multiplier]);
    const window = window2d(shape, kernel_size, options);
    const y = builder.add({ kind: 'conv2d', window, groups: channels }, [x!, filter]);
    return biasAndActivation(context, y, options, fans);
  },
});
