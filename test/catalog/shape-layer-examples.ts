import type { Shape } from '../../src/shape.js';
import { type LayerExample, example } from './layer-example.js';

const twice = (shape: Shape): Shape[] => [shape, shape];
const thrice = (shape: Shape): Shape[] => [shape, shape, shape];

/** Layers that join, reshape, pad, crop and enlarge. */
// prettier-ignore
export const shapeExamples: readonly LayerExample[] = [
  example(twice([2, 3, 4]), { type: 'add' }),
  example(twice([2, 3, 4]), { type: 'subtract' }),
  example(thrice([2, 3, 4]), { type: 'multiply' }, { lengths: [3, 1] }),
  example(thrice([2, 3]), { type: 'average' }),
  example(thrice([3, 4]), { type: 'maximum' }),
  example(thrice([3, 4]), { type: 'minimum' }),
  example([[2, 3, 4], [2, 3, 1], [2, 3, 2]], { type: 'concatenate' }, { lengths: [1, 3] }),
  example([[2, 3, 4], [2, 1, 4]], { type: 'concatenate', axis: 1 }),
  example([[2, 6, 2]], { type: 'reshape', target_shape: [2, -1, 3] }),
  example([[2, 3, 4, 2]], { type: 'permute', dims: [3, 1, 2] }),
  example([[2, 3, 2]], { type: 'zero_padding1d', padding: [2, 1] }),
  example([[2, 3, 2, 2]], { type: 'zero_padding2d', padding: [[1, 0], [2, 3]] }),
  example([[2, 6, 2]], { type: 'cropping1d', cropping: [2, 1] }),
  example([[2, 4, 5, 2]], { type: 'cropping2d', cropping: [[1, 0], [0, 3]] }),
  example([[2, 4, 3]], { type: 'upsampling1d', size: 3 }),
  example([[2, 3, 2, 3]], { type: 'upsampling2d', size: [2, 3] }),
  example([[2, 3, 4, 2]], { type: 'upsampling2d', size: [2, 3], interpolation: 'bilinear' }),
];
