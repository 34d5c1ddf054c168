import { type LayerExample, example } from './layer-example.js';

const padded = { lengths: [3, 1, 4, 0] };

// prettier-ignore
export const recurrentExamples: readonly LayerExample[] = [
  example([[3, 4]], { type: 'embedding', input_dim: 5, output_dim: 3 }, { below: 5 }),
  example([[3, 4]], { type: 'embedding', input_dim: 4, output_dim: 2, mask_zero: true }, { below: 4 }),
  // Softsign saturates slowly: where tanh does, gradients are too small to compare.
  example([[3, 5, 2]], { type: 'simple_rnn', units: 3, activation: 'softsign' }),
  example([[2, 3, 2]], { type: 'simple_rnn', units: 2, activation: 'softsign', num_layers: 3, dropout: 0.3, return_sequences: true }),
  example([[4, 4, 2]], { type: 'simple_rnn', units: 2, activation: 'softsign', bidirectional: true, num_layers: 2 }, padded),
  ...['lstm', 'gru'].flatMap((type) => [
    example([[3, 5, 2]], { type, units: 3 }),
    example([[2, 3, 2]], { type, units: 2, num_layers: 3, dropout: 0.3, return_sequences: true }),
    example([[4, 4, 2]], { type, units: 2, bidirectional: true, num_layers: 2 }, padded),
  ]),
  ...['simple_rnn', 'lstm', 'gru'].flatMap((type) => [
    example([[2, 1, 3]], { type, units: 2, return_sequences: true, use_bias: false }),
    example([[4, 4, 2]], { type, units: 3, return_sequences: true }, padded),
    example([[2, 4, 2]], { type, units: 2, bidirectional: true, return_sequences: true, activation: 'linear' }),
    example([[4, 4, 2]], { type, units: 3, go_backwards: true, return_sequences: true }, padded),
  ]),
  example([[2, 3, 2]], { type: 'lstm', units: 3, recurrent_activation: 'softmax', activation: 'softplus' }),
  example([[2, 3, 2]], { type: 'gru', units: 3, recurrent_activation: 'softmax', activation: 'softplus' }),
  example([[3, 4, 2]], { type: 'gru', units: 3, reset_after: false }),
  example([[4, 4, 2]], { type: 'gru', units: 2, reset_after: false, bidirectional: true, num_layers: 2, use_bias: false }, padded),
];
