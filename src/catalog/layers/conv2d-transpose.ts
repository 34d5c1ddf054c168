import { z } from 'zod';
import { biasAndActivation, checkGroups, transposedConvolution } from '../convolution.js';
import { activation, filters, groups, initializer, pair, paddingOfOutput, useBias } from '../fields.js';
import { imageShape } from '../input-shapes.js';
import { defineLayer } from '../layer.js';

/**
 * Transposed 2-d convolution, which enlarges: `[batch, height, width, channels]` to `[batch, out height, out width, filters]`. Each
 * axis becomes (size - 1) * stride - 2 * padding + dilation * (kernel_size - 1) + output_padding + 1 long, as in PyTorch; with
 * `same` size * stride, as in Keras. It is what a convolution from that size does to gradients.
 * Parameters: kernel `[kernel height, kernel width, filters / groups, channels]`, bias `[filters]`.
 */
export const conv2dTranspose = defineLayer({
  type: 'conv2d_transpose',
  summary: 'Transposed 2-d convolution, which enlarges [height, width, channels].',
  options: z.object({
    filters: filters(),
    kernel_size: pair().describe('The window: one number, or [height, width].'),
    strides: pair().prefault([1, 1]).describe('How many times as large the output is: one number, or [height, width].'),
    padding: paddingOfOutput(),
    output_padding: pair(0).prefault([0, 0]).describe('Rows and columns more at the end of the output, fewer than the strides.'),
    dilation: pair().prefault([1, 1]).describe('How far apart the taps of the window lie.'),
    groups: groups(),
    activation: activation(),
    use_bias: useBias(),
    kernel_initializer: initializer('glorot_uniform'),
    bias_initializer: initializer('zeros'),
  }),
  build(context, [x], { filters, kernel_size, groups, ...options }) {
    const { builder, parameter } = context;
    const channels = imageShape('conv2d_transpose', builder.shapeOf(x!))[3];
    checkGroups(groups, channels, filters);
    const taps = kernel_size[0] * kernel_size[1];
    const fans = { fanIn: (taps * channels) / groups, fanOut: (taps * filters) / groups };
    const kernel = parameter('kernel', [...kernel_size, filters / groups, channels], options.kernel_initializer, fans);
    const y = transposedConvolution(builder, x!, kernel, { ...options, groups });
    return biasAndActivation(context, y, options, fans);
  },
});
