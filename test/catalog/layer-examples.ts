import { attentionExamples } from './attention-examples.js';
import { containerExamples } from './container-examples.js';
import { convolutionExamples } from './convolution-layer-examples.js';
import { type LayerExample, example } from './layer-example.js';
import { poolingExamples } from './pooling-layer-examples.js';
import { recurrentExamples } from './recurrent-examples.js';
import { shapeExamples } from './shape-layer-examples.js';

export type { LayerExample };

/** At least one example of every layer of the catalogue. Formulas are smooth where they are evaluated. */
// prettier-ignore
export const layerExamples: readonly LayerExample[] = [
  example([[3, 4]], { type: 'dense', units: 5, activation: 'tanh' }),
  example([[2, 3, 4]], { type: 'dense', units: 2, use_bias: false }),
  example([[2, 5, 4, 2]], { type: 'conv2d', filters: 4, kernel_size: [3, 2], strides: [2, 1], padding: 'same', groups: 2 }),
  example([[2, 5, 4, 2]], { type: 'max_pool2d', pool_size: [2, 3], strides: 1, padding: 1 }),
  example([[2, 3, 2, 2]], { type: 'flatten' }),
  example([[4, 9]], { type: 'dropout', rate: 0.4 }),
  example([[3, 4, 5]], { type: 'spatial_dropout1d', rate: 0.4 }, { lengths: [4, 1, 2] }),
  example([[3, 2, 2, 5]], { type: 'spatial_dropout2d', rate: 0.4 }),
  example([[4, 9]], { type: 'gaussian_dropout', rate: 0.4 }),
  example([[4, 9]], { type: 'alpha_dropout', rate: 0.4 }),
  example([[4, 9]], { type: 'gaussian_noise', stddev: 0.7 }),
  example([[3, 5]], { type: 'activation', function: 'tanh' }),
  example([[2, 3, 4]], { type: 'prelu' }),
  example([[5, 3]], { type: 'batch_norm', momentum: 0.4 }),
  example([[3, 2, 2, 4]], { type: 'batch_norm', scale: false, epsilon: 0.1 }),
  example([[3, 4, 2]], { type: 'batch_norm' }, { lengths: [4, 1, 2] }),
  example([[2, 3, 5]], { type: 'layer_norm' }),
  example([[3, 4, 2]], { type: 'layer_norm', center: false, epsilon: 0.1 }, { lengths: [4, 1, 0] }),
  example([[2, 3, 2, 6]], { type: 'group_norm', groups: 3 }),
  example([[3, 8]], { type: 'group_norm', groups: 2, scale: false, center: false }),
  example([[2, 3, 5]], { type: 'rms_norm' }),
  ...attentionExamples,
  ...recurrentExamples,
  ...shapeExamples,
  ...poolingExamples,
  ...containerExamples,
  ...convolutionExamples,
];
