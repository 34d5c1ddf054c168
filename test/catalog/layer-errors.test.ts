import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { layers } from '../../src/catalog/layers/index.js';
import { GraphError } from '../../src/graph/graph-error.js';
import type { Shape } from '../../src/shape.js';
import { layerProgram } from './layer-program.js';

type Layer = Record<string, unknown> & { type: string };

const image = [2, 5, 4, 3];
const sequence = [2, 6, 3];

/** Inputs that a layer refuses, and what it says. */
// prettier-ignore
const shapes: [Layer, Shape[], RegExp][] = [
  [{ type: 'add' }, [image, sequence], /add needs inputs of one shape, not \[2, 5, 4, 3\] and \[2, 6, 3\]/],
  [{ type: 'multiply' }, [[2, 3], [2, 1]], /multiply needs inputs of one shape, not \[2, 3\] and \[2, 1\]/],
  [{ type: 'average' }, [[2, 3], [2, 4]], /average needs inputs of one shape/],
  [{ type: 'maximum' }, [[2, 3], [2, 4]], /maximum needs inputs of one shape/],
  [{ type: 'minimum' }, [[2, 3], [2, 4]], /minimum needs inputs of one shape/],
  [{ type: 'subtract' }, [[2, 3], [2, 4]], /subtract needs inputs of one shape/],
  [{ type: 'subtract' }, [sequence, sequence, sequence], /subtract takes two inputs, not 3/],
  [{ type: 'concatenate' }, [[2, 3, 4], [2, 5, 4]], /alike along all axes but 2, not \[2, 3, 4\] and \[2, 5, 4\]/],
  [{ type: 'concatenate' }, [[2, 3, 4], [2, 4]], /alike along all axes but 2/],
  [{ type: 'concatenate', axis: 3 }, [sequence, sequence], /axis: 3 is none of the axes 1 to 2 after the batch of \[2, 6, 3\]/],
  [{ type: 'concatenate', axis: -3 }, [sequence, sequence], /axis: -3 is none of the axes 1 to 2/],
  [{ type: 'reshape', target_shape: [4, 5] }, [sequence], /\[4, 5\] needs 20, but an input \[6, 3\] has 18 elements/],
  [{ type: 'reshape', target_shape: [-1, 4] }, [sequence], /\[-1, 4\] needs a multiple of 4, but an input \[6, 3\] has 18/],
  [{ type: 'permute', dims: [2, 1] }, [image], /dims: \[2, 1\] orders 2 axes, but the input \[5, 4, 3\] has 3/],
  [{ type: 'zero_padding1d' }, [image], /zero_padding1d needs \[batch, time, channels\], not \[2, 5, 4, 3\]/],
  [{ type: 'zero_padding2d' }, [sequence], /zero_padding2d needs \[batch, height, width, channels\], not \[2, 6, 3\]/],
  [{ type: 'cropping1d', cropping: 1 }, [image], /cropping1d needs \[batch, time, channels\]/],
  [{ type: 'cropping1d', cropping: 3 }, [sequence], /cropping 3 and 3 of 6 steps leaves none/],
  [{ type: 'cropping2d', cropping: 1 }, [sequence], /cropping2d needs \[batch, height, width, channels\]/],
  [{ type: 'cropping2d', cropping: [[1, 4], [0, 0]] }, [image], /cropping 1 and 4 of 5 rows leaves none/],
  [{ type: 'cropping2d', cropping: [0, 2] }, [image], /cropping 2 and 2 of 4 columns leaves none/],
  [{ type: 'upsampling1d' }, [image], /upsampling1d needs \[batch, time, channels\]/],
  [{ type: 'upsampling2d' }, [sequence], /upsampling2d needs \[batch, height, width, channels\]/],
  [{ type: 'max_pool1d' }, [image], /max_pool1d needs \[batch, time, channels\]/],
  [{ type: 'max_pool1d', pool_size: 7 }, [sequence], /a window over 7 steps does not fit into 6 steps$/],
  [{ type: 'max_pool1d', padding: 2 }, [sequence], /padding: 2 must be smaller than the window of 2 steps/],
  [{ type: 'average_pool1d' }, [image], /average_pool1d needs \[batch, time, channels\]/],
  [{ type: 'average_pool1d', pool_size: 9, padding: 1 }, [sequence], /a window over 9 steps does not fit into 6 steps padded by 2/],
  [{ type: 'average_pool2d' }, [sequence], /average_pool2d needs \[batch, height, width, channels\]/],
  [{ type: 'average_pool2d', pool_size: 5 }, [image], /a window of width 5 does not fit into an input of width 4/],
  [{ type: 'average_pool2d', padding: 2 }, [image], /the padding must be smaller than the pooling window \[2, 2\]/],
  [{ type: 'global_average_pool1d' }, [image], /global_average_pool1d needs \[batch, time, channels\]/],
  [{ type: 'global_average_pool2d' }, [sequence], /global_average_pool2d needs \[batch, height, width, channels\]/],
  [{ type: 'global_max_pool1d' }, [image], /global_max_pool1d needs \[batch, time, channels\]/],
  [{ type: 'global_max_pool2d' }, [sequence], /global_max_pool2d needs \[batch, height, width, channels\]/],
  [{ type: 'adaptive_average_pool2d', output_size: 2 }, [sequence], /adaptive_average_pool2d needs/],
  [{ type: 'adaptive_max_pool2d', output_size: 2 }, [sequence], /adaptive_max_pool2d needs/],
  [{ type: 'conv2d', filters: 2, kernel_size: 3 }, [sequence], /conv2d needs \[batch, height, width, channels\]/],
  [{ type: 'conv2d', filters: 4, kernel_size: 1, groups: 2 }, [image], /groups: 2 must divide the 3 input channels and the 4 filters/],
  [{ type: 'conv1d', filters: 2, kernel_size: 3 }, [image], /conv1d needs \[batch, time, channels\]/],
  [{ type: 'conv1d', filters: 2, kernel_size: 3, dilation: 3 }, [sequence], /a window over 7 steps does not fit into 6 steps$/],
  [{ type: 'conv1d', filters: 4, kernel_size: 3, groups: 3 }, [sequence], /groups: 3 must divide the 3 input channels and the 4 filters/],
  [{ type: 'depthwise_conv2d', kernel_size: 3 }, [sequence], /depthwise_conv2d needs \[batch, height, width, channels\]/],
  [{ type: 'depthwise_conv2d', kernel_size: 5 }, [image], /a window of width 5 does not fit into an input of width 4/],
  [{ type: 'separable_conv2d', filters: 2, kernel_size: 3 }, [sequence], /separable_conv2d needs/],
  [{ type: 'separable_conv2d', filters: 2, kernel_size: [6, 1] }, [image], /a window of height 6 does not fit into an input of height 5/],
  [{ type: 'conv2d_transpose', filters: 2, kernel_size: 3 }, [sequence], /conv2d_transpose needs/],
  [{ type: 'conv2d_transpose', filters: 2, kernel_size: 3, groups: 3 }, [image], /groups: 3 must divide the 3 input channels and the 2 filters/],
  [{ type: 'conv2d_transpose', filters: 2, kernel_size: 3, padding: 3 }, [image], /padding: 3 at both ends leaves nothing of an output of length 6/],
  [{ type: 'conv2d_transpose', filters: 2, kernel_size: 3, strides: 2, output_padding: 2 }, [image], /output_padding: 2 must be smaller than the stride 2/],
  [{ type: 'conv2d_transpose', filters: 2, kernel_size: 3, strides: 2, output_padding: 1, padding: 'same' }, [image], /same fixes the size/],
  [{ type: 'conv1d_transpose', filters: 2, kernel_size: 3 }, [image], /conv1d_transpose needs \[batch, time, channels\]/],
  [{ type: 'conv1d_transpose', filters: 2, kernel_size: 1, padding: 3 }, [sequence], /padding: 3 at both ends leaves nothing of an output of length 6/],
  [{ type: 'spatial_dropout1d', rate: 0.5 }, [image], /spatial_dropout1d needs \[batch, time, channels\]/],
  [{ type: 'spatial_dropout2d', rate: 0.5 }, [sequence], /spatial_dropout2d needs \[batch, height, width, channels\]/],
];

/** Options that are out of range, and what is said of them. */
const options: [Layer, RegExp][] = [
  [{ type: 'concatenate', axis: 0 }, /must not be 0, which is the batch/],
  [{ type: 'reshape', target_shape: [-1, 2, -1] }, /can have one -1 only/],
  [{ type: 'reshape', target_shape: [0] }, /Invalid input|Too small/],
  [{ type: 'reshape', target_shape: [] }, /Too small/],
  [{ type: 'permute', dims: [1, 3] }, /must have each of 1, 2, ... once/],
  [{ type: 'permute', dims: [1, 1] }, /must have each of 1, 2, ... once/],
  [{ type: 'zero_padding1d', padding: -1 }, /Invalid input|Too small/],
  [{ type: 'zero_padding2d', padding: [1, 2, 3] }, /Invalid input|Too big/],
  [{ type: 'cropping1d' }, /Invalid input/],
  [{ type: 'cropping2d', cropping: [[1], 0] }, /Invalid input/],
  [{ type: 'upsampling1d', size: 0 }, /Too small/],
  [{ type: 'max_pool1d', padding: 'causal' }, /Invalid/],
  [{ type: 'average_pool1d', strides: 0 }, /Too small/],
  [{ type: 'average_pool2d', padding: -1 }, /Too small/],
  [{ type: 'adaptive_max_pool2d', output_size: [0, 1] }, /Too small/],
  [{ type: 'conv1d', kernel_size: 3 }, /filters/],
  [{ type: 'conv1d', filters: 2, kernel_size: [3] }, /expected number/],
  [{ type: 'conv1d', filters: 2, kernel_size: 3, padding: 'full' }, /Invalid/],
  [{ type: 'conv1d', filters: 2, kernel_size: 3, groups: 0 }, /Too small/],
  [{ type: 'depthwise_conv2d', kernel_size: 3, depth_multiplier: 0 }, /Too small/],
  [{ type: 'separable_conv2d', filters: 0, kernel_size: 3 }, /Too small/],
  [{ type: 'conv2d_transpose', filters: 2, kernel_size: 3, padding: 'causal' }, /Invalid/],
  [{ type: 'conv2d_transpose', filters: 2, kernel_size: 3, output_padding: -1 }, /Invalid/],
  [{ type: 'spatial_dropout1d', rate: 1 }, /Too big/],
  [{ type: 'spatial_dropout2d', rate: -0.1 }, /Too small/],
  [{ type: 'gaussian_dropout', rate: 1 }, /Too big/],
  [{ type: 'alpha_dropout', rate: 1 }, /Too big/],
  [{ type: 'gaussian_noise', stddev: -1 }, /Too small/],
  [{ type: 'upsampling2d', interpolation: 'cubic' }, /nearest.*bilinear/],
];

describe('layers refuse', () => {
  it.each(shapes.map(([layer, inputs, message]) => [JSON.stringify(layer), inputs, layer, message] as const))(
    '%s of %j',
    (_, inputs, layer, message) => {
      const build = (): unknown => layerProgram(layer, inputs);
      expect(build).toThrow(GraphError);
      expect(build).toThrow(message);
    },
  );

  it.each(options.map(([layer, message]) => [JSON.stringify(layer), layer, message] as const))('%s', (_, layer, message) => {
    const { success, error } = layers.schema().safeParse(layer);
    expect(success).toBe(false);
    expect(z.prettifyError(error!)).toMatch(message);
  });

  it('padded steps that would be joined along time', () => {
    const build = (): unknown => layerProgram({ type: 'concatenate', axis: 1 }, [sequence, sequence], { masked: true });
    expect(build).toThrow('inputs with padded steps cannot be joined along time');
  });

  it('padding that would make steps of nothing but padding', () => {
    const layer = { type: 'conv1d', filters: 2, kernel_size: 3, padding: 2 };
    expect(() => layerProgram(layer, [sequence], { masked: true })).toThrow('padding of 4 steps would make steps of nothing');
    expect(() => layerProgram(layer, [sequence])).not.toThrow();
  });

  it.each(['max_pool1d', 'average_pool1d'])('padded steps that %s would look at', (type) => {
    const build = (): unknown => layerProgram({ type, padding: 'same', strides: 1 }, [sequence], { masked: true });
    expect(build).toThrow('an input with padded steps can be pooled with padding: valid only');
  });
});
