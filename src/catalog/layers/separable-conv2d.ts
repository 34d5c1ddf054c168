import { z } from 'zod';
import { biasAndActivation } from '../convolution.js';
import { activation, filters, initializer, padding, pair, useBias, window2d } from '../fields.js';
import { imageShape } from '../input-shapes.js';
import { defineLayer } from '../layer.js';

/**
 * A convolution of each channel by itself, then one of 1 x 1 over all: `[batch, height, width, channels]` to `[batch, out height,
 * out width, filters]` (Chollet, Xception, 2017). Parameters: depthwise_kernel `[kernel height, kernel width, channels,
 * depth_multiplier]`, pointwise_kernel `[1, 1, channels * depth_multiplier, filters]`, bias `[filters]`.
 */
export const separableConv2d = defineLayer({
  type: 'separable_conv2d',
  summary: '2-d convolution of each channel by itself, then one of 1 x 1 over all channels.',
  options: z.object({
    filters: filters(),
    kernel_size: pair().describe('The window: one number, or [height, width].'),
    depth_multiplier: z.int().positive().default(1).describe('How many outputs each channel has in between.'),
    strides: pair().prefault([1, 1]).describe('How far the window moves: one number, or [height, width].'),
    padding: padding(),
    dilation: pair().prefault([1, 1]).describe('How far apart the taps of the window lie.'),
    activation: activation(),
    use_bias: useBias(),
    depthwise_initializer: initializer('glorot_uniform'),
    pointwise_initializer: initializer('glorot_uniform'),
    bias_initializer: initializer('zeros'),
  }),
  build(context, [x], { filters, kernel_size, depth_multiplier, ...options }) {
    const { builder, parameter } = context;
    const shape = imageShape('separable_conv2d', builder.shapeOf(x!));
    const channels = shape[3];
    const between = channels * depth_multiplier;
    const taps = kernel_size[0] * kernel_size[1];
    const depthwise = parameter('depthwise_kernel', [...kernel_size, channels, depth_multiplier], options.depthwise_initializer, {
      fanIn: taps,
      fanOut: taps * depth_multiplier,
    });
    const fans = { fanIn: between, fanOut: filters };
    const pointwise = parameter('pointwise_kernel', [1, 1, between, filters], options.pointwise_initializer, fans);
    const filter = builder.reshape(depthwise, [...kernel_size, 1, between]);
    const window = window2d(shape, kernel_size, options);
    const channelwise = builder.add({ kind: 'conv2d', window, groups: channels }, [x!, filter]);
    const still = window2d(builder.shapeOf(channelwise), [1, 1], { strides: [1, 1], padding: 'valid' });
    const y = builder.add({ kind: 'conv2d', window: still, groups: 1 }, [channelwise, pointwise]);
    return biasAndActivation(context, y, options, fans);
  },
});
