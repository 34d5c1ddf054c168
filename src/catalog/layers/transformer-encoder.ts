import { z } from 'zod';
import { type LayerSpec, defineContainer } from '../layer.js';
import { blockOptions, expandBlocks } from '../transformer.js';

/**
 * Blocks of self attention and a feed-forward network, `[batch, time, width]` throughout (Vaswani et al., Attention is all you need,
 * 2017; the block is PyTorch's `nn.TransformerEncoderLayer`). Causal blocks, in which each step sees only those before it, make a
 * language model (Radford et al., 2018).
 *
 * Block i holds `i.self_attention`, `i.feed_forward`, `i.norm_1` and `i.norm_2`. PyTorch's weights have a place each:
 * `self_attn.in_proj_weight`, transposed, is `i.self_attention/in_projection.kernel`, `linear1.weight`, transposed,
 * `i.feed_forward/linear_1.kernel`, `norm1.weight` `i.norm_1/gamma`.
 */
export const transformerEncoder = (layer: z.ZodType<LayerSpec>) =>
  defineContainer({
    type: 'transformer_encoder',
    summary: 'Blocks of self attention and a feed-forward network.',
    options: z
      .object({
        ...blockOptions,
        causal: z.boolean().default(false).describe('Whether each step sees only itself and the steps before it.'),
        rotary: z.boolean().default(false).describe('Whether queries and keys are turned by their places (rotary positions).'),
        key_value_heads: z
          .int()
          .positive()
          .optional()
          .describe('The heads of keys and values, which divide heads; by default as many.'),
      })
      .refine(({ heads, key_value_heads = 1 }) => heads % key_value_heads === 0, {
        message: 'key_value_heads must divide heads',
        path: ['key_value_heads'],
      }),
    expand(options, scope) {
      const { heads, causal, rotary, key_value_heads, dropout, activation, feed_forward: units, kernel_initializer } = options;
      const attention = { heads, causal, rotary, key_value_heads, dropout, kernel_initializer };
      return expandBlocks(
        layer,
        [
          { type: 'multi_head_attention', name: 'self_attention', ...attention },
          { type: 'feed_forward', name: 'feed_forward', units, activation, dropout, kernel_initializer },
        ],
        options,
        scope,
      );
    },
  });
