import { type LayerExample, example } from './layer-example.js';

/** Layers that pool. */
// prettier-ignore
export const poolingExamples: readonly LayerExample[] = [
  example([[2, 7, 2]], { type: 'max_pool1d', pool_size: 3, strides: 2, padding: 1 }),
  example([[2, 7, 2]], { type: 'average_pool1d', pool_size: 3, strides: 2, padding: 1, count_include_pad: false }),
  example([[2, 7, 2]], { type: 'max_pool1d', pool_size: 3, strides: 2 }, { lengths: [7, 4] }),
  example([[2, 7, 2]], { type: 'average_pool1d' }, { lengths: [7, 4] }),
  example([[2, 5, 4, 2]], { type: 'average_pool2d', pool_size: [3, 2], strides: [2, 1], padding: 'same' }),
  example([[2, 4, 3]], { type: 'global_average_pool1d' }),
  example([[3, 4, 2]], { type: 'global_average_pool1d', keepdims: true }, { lengths: [4, 1, 0] }),
  example([[2, 4, 3]], { type: 'global_max_pool1d' }),
  example([[3, 4, 2]], { type: 'global_max_pool1d', keepdims: true }, { lengths: [4, 1, 0] }),
  example([[2, 3, 2, 3]], { type: 'global_average_pool2d' }),
  example([[2, 3, 2, 3]], { type: 'global_max_pool2d', keepdims: true }),
  example([[2, 4, 3, 2]], { type: 'adaptive_average_pool2d', output_size: [2, 1] }),
  example([[2, 5, 4, 2]], { type: 'adaptive_average_pool2d', output_size: [3, 2] }),
  example([[2, 4, 3, 2]], { type: 'adaptive_max_pool2d', output_size: [2, 1] }),
  example([[2, 5, 4, 2]], { type: 'adaptive_max_pool2d', output_size: [3, 6] }),
];
