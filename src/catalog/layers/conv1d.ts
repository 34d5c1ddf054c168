import { z } from 'zod';
import { biasAndActivation, checkGroups } from '../convolution.js';
import { activation, filters, groups, initializer, paddingOverTime, useBias } from '../fields.js';
import { sequenceShape } from '../input-shapes.js';
import { defineLayer } from '../layer.js';
import { maskOfWindows, overTime, window1d, withoutPaddedSteps } from '../over-time.js';

/**
 * Convolution over time: `[batch, time, channels]` to `[batch, out time, filters]`,
 * out time = floor((time + padding - dilation * (kernel_size - 1) - 1) / stride) + 1.
 * Padded steps of an input with a mask are zeros, and the steps count that a record of its own length would have.
 * Parameters: kernel `[kernel_size, channels / groups, filters]`, bias `[filters]`.
 */
export const conv1d = defineLayer({
  type: 'conv1d',
  summary: 'Convolution over the steps of [time, channels].',
  options: z.object({
    filters: filters(),
    kernel_size: z.int().positive().describe('How many steps the window has.'),
    strides: z.int().positive().default(1).describe('How many steps the window moves.'),
    padding: paddingOverTime(),
    dilation: z.int().positive().default(1).describe('How far apart the taps of the window lie.'),
    groups: groups(),
    activation: activation(),
    use_bias: useBias(),
    kernel_initializer: initializer('glorot_uniform'),
    bias_initializer: initializer('zeros'),
  }),
  masking: 'use',
  build(context, [x], { filters, kernel_size, groups, ...options }) {
    const { builder, parameter } = context;
    const [, time, channels] = sequenceShape('conv1d', builder.shapeOf(x!));
    checkGroups(groups, channels, filters);
    const window = window1d(time, kernel_size, options);
    const fans = { fanIn: (kernel_size * channels) / groups, fanOut: (kernel_size * filters) / groups };
    const kernel = parameter('kernel', [kernel_size, channels / groups, filters], options.kernel_initializer, fans);
    const filter = builder.reshape(kernel, [1, kernel_size, channels / groups, filters]);
    const [mask] = context.masks;
    const counted = mask === undefined ? x! : withoutPaddedSteps(builder, x!, mask);
    const y = overTime(builder, counted, (image) => builder.add({ kind: 'conv2d', window, groups }, [image, filter]));
    return {
      output: biasAndActivation(context, y, options, fans),
      mask: mask && maskOfWindows(builder, mask, kernel_size, window, builder.shapeOf(y)[1]!),
    };
  },
});
