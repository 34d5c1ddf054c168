import { z } from 'zod';
import { biasAndActivation, checkGroups, transposedConvolution } from '../convolution.js';
import { activation, filters, groups, initializer, paddingOfOutput, useBias } from '../fields.js';
import { sequenceShape } from '../input-shapes.js';
import { defineLayer } from '../layer.js';
import { overTime } from '../over-time.js';

/**
 * Transposed convolution over time, which makes more steps: `[batch, time, channels]` to `[batch, out time, filters]`, out time =
 * (time - 1) * stride - 2 * padding + dilation * (kernel_size - 1) + output_padding + 1, as in PyTorch; with `same` time * stride,
 * as in Keras. Parameters: kernel `[kernel_size, filters / groups, channels]`, bias `[filters]`.
 */
export const conv1dTranspose = defineLayer({
  type: 'conv1d_transpose',
  summary: 'Transposed convolution over time, which makes more steps of [time, channels].',
  options: z.object({
    filters: filters(),
    kernel_size: z.int().positive().describe('How many steps the window has.'),
    strides: z.int().positive().default(1).describe('How many times as many steps the output has.'),
    padding: paddingOfOutput(),
    output_padding: z.int().nonnegative().default(0).describe('Steps more at the end of the output, fewer than the stride.'),
    dilation: z.int().positive().default(1).describe('How far apart the taps of the window lie.'),
    groups: groups(),
    activation: activation(),
    use_bias: useBias(),
    kernel_initializer: initializer('glorot_uniform'),
    bias_initializer: initializer('zeros'),
  }),
  build(context, [x], { filters, kernel_size, groups, strides, padding, output_padding, dilation, ...options }) {
    const { builder, parameter } = context;
    const [, , channels] = sequenceShape('conv1d_transpose', builder.shapeOf(x!));
    checkGroups(groups, channels, filters);
    const fans = { fanIn: (kernel_size * channels) / groups, fanOut: (kernel_size * filters) / groups };
    const kernel = parameter('kernel', [kernel_size, filters / groups, channels], options.kernel_initializer, fans);
    const filter = builder.reshape(kernel, [1, kernel_size, filters / groups, channels]);
    const y = overTime(builder, x!, (image) =>
      transposedConvolution(builder, image, filter, {
        strides: [1, strides],
        // The single row is not padded.
        padding: [typeof padding === 'number' ? 0 : padding, padding],
        output_padding: [0, output_padding],
        dilation: [1, dilation],
        groups,
      }),
    );
    return biasAndActivation(context, y, options, fans);
  },
});
