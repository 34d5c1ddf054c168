import { type LayerExample, example } from './layer-example.js';

export const containerExamples: readonly LayerExample[] = [
  example([[3, 4]], {
    type: 'sequential',
    layers: [
      { type: 'dense', units: 5, activation: 'tanh' },
      { type: 'dropout', rate: 0.2 },
      { type: 'dense', units: 2 },
    ],
  }),
  example([[2, 4, 3, 2]], {
    type: 'residual',
    layers: [
      { type: 'conv2d', filters: 3, kernel_size: 3, strides: 2, padding: 'same', activation: 'tanh' },
      { type: 'conv2d', filters: 4, kernel_size: 3, padding: 'same' },
    ],
    shortcut: [{ type: 'conv2d', filters: 4, kernel_size: 1, strides: 2, use_bias: false }],
    activation: 'sigmoid',
  }),
  example([[2, 4, 3, 2]], {
    type: 'branches',
    branches: [
      [],
      [{ type: 'conv2d', filters: 2, kernel_size: 1, activation: 'tanh' }],
      [
        { type: 'conv2d', filters: 1, kernel_size: 1 },
        { type: 'conv2d', filters: 3, kernel_size: 3, padding: 'same', activation: 'tanh' },
      ],
    ],
  }),
  example([[3, 4]], {
    type: 'repeat',
    times: 3,
    share_weights: true,
    layers: [{ type: 'residual', layers: [{ type: 'dense', units: 4, activation: 'tanh' }] }],
  }),
];
