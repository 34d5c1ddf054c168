import type { LayerExample } from './layer-example.js';

const selfAttention = { type: 'multi_head_attention', heads: 2 };

/** Layers of attention, and those that make sequences for them. */
export const attentionExamples: readonly LayerExample[] = [
  {
    layer: { type: 'scaled_dot_product_attention', scale: 0.4 },
    inputs: [
      [2, 2, 3, 2],
      [2, 2, 4, 2],
      [2, 2, 4, 3],
    ],
  },
  {
    layer: { type: 'scaled_dot_product_attention', causal: true, dropout: 0.3 },
    inputs: [
      [2, 4, 2],
      [2, 4, 2],
      [2, 4, 3],
    ],
  },
  { layer: { ...selfAttention, causal: true }, inputs: [[3, 5, 4]] },
  // The second record has no key at all.
  { layer: { ...selfAttention, causal: true, dropout: 0.2 }, inputs: [[3, 4, 4]], lengths: [3, 0, 4] },
  { layer: { ...selfAttention, heads: 4, key_dim: 2, value_dim: 3, key_value_heads: 2, rotary: true }, inputs: [[2, 3, 4]] },
  {
    layer: selfAttention,
    inputs: [
      [2, 3, 4],
      [2, 5, 4],
    ],
  },
  {
    layer: { ...selfAttention, use_bias: false },
    inputs: [
      [2, 2, 4],
      [2, 3, 3],
      [2, 3, 2],
    ],
  },
  { layer: { type: 'positional_encoding' }, inputs: [[2, 6, 5]], lengths: [6, 2] },
  { layer: { type: 'positional_encoding', encoding: 'learned', max_length: 5 }, inputs: [[2, 3, 4]] },
  { layer: { type: 'patches', patch_size: [2, 3] }, inputs: [[2, 4, 6, 2]] },
  { layer: { type: 'class_token' }, inputs: [[3, 2, 4]], lengths: [1, 2, 0] },
  { layer: { type: 'feed_forward', units: 3, activation: 'gelu', dropout: 0.3 }, inputs: [[2, 3, 4]] },
  {
    layer: {
      type: 'transformer_encoder',
      heads: 2,
      feed_forward: 3,
      activation: 'gelu',
      causal: true,
      norm_first: true,
      dropout: 0.2,
    },
    inputs: [[2, 3, 6]],
  },
  {
    layer: { type: 'transformer_encoder', heads: 1, feed_forward: 3, activation: 'tanh', rotary: true },
    inputs: [[2, 3, 4]],
    lengths: [2, 3],
  },
  {
    layer: { type: 'transformer_decoder', heads: 2, feed_forward: 3, activation: 'tanh' },
    inputs: [
      [2, 3, 4],
      [2, 2, 4],
    ],
  },
];
