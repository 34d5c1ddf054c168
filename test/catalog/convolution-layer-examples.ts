import { type LayerExample, example } from './layer-example.js';

const strided = { filters: 4, kernel_size: [3, 2], strides: [2, 1] };

/** Convolutions of other kinds than `conv2d`. */
// prettier-ignore
export const convolutionExamples: readonly LayerExample[] = [
  example([[2, 6, 2]], { type: 'conv1d', filters: 4, kernel_size: 3, strides: 2, padding: 1, groups: 2, activation: 'tanh' }),
  example([[2, 6, 3]], { type: 'conv1d', filters: 2, kernel_size: 2, padding: 'causal', dilation: 2 }, { lengths: [6, 3] }),
  example([[2, 7, 3]], { type: 'conv1d', filters: 2, kernel_size: 3, strides: 2 }, { lengths: [7, 4] }),
  example([[2, 5, 4, 2]], { type: 'depthwise_conv2d', kernel_size: 3, depth_multiplier: 2, padding: 'same', activation: 'tanh' }),
  example([[2, 4, 3, 3]], { type: 'depthwise_conv2d', kernel_size: [2, 1], strides: [2, 1], use_bias: false }),
  example([[2, 5, 4, 2]], { ...strided, type: 'separable_conv2d', padding: 1, depth_multiplier: 2, activation: 'tanh' }),
  example([[2, 3, 2, 2]], { ...strided, type: 'conv2d_transpose', output_padding: [1, 0], groups: 2, activation: 'tanh' }),
  example([[2, 3, 2, 2]], { ...strided, type: 'conv2d_transpose', padding: 'same', use_bias: false }),
  example([[2, 4, 2]], { type: 'conv1d_transpose', filters: 3, kernel_size: 3, strides: 2, padding: 1, output_padding: 1 }),
];
