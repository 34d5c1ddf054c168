import { z } from 'zod';
import { type LayerSpec, defineContainer } from '../layer.js';
import { blockOptions, expandBlocks } from '../transformer.js';

/**
 * Blocks of self attention, of attention to a memory, and a feed-forward network, `[batch, time, width]` throughout (Vaswani et al.,
 * Attention is all you need, 2017; the block is PyTorch's `nn.TransformerDecoderLayer`). The second input is the memory, such as an
 * encoder's output, which may be of another length and width. Block i holds `i.self_attention`, `i.cross_attention`,
 * `i.feed_forward` and `i.norm_1` to `i.norm_3`, as `nn.TransformerDecoderLayer` holds `self_attn`, `multihead_attn`, `linear1` and
 * `linear2`, and `norm1` to `norm3`.
 */
export const transformerDecoder = (layer: z.ZodType<LayerSpec>) =>
  defineContainer({
    type: 'transformer_decoder',
    summary: 'Blocks of self attention, attention to the second input, and a feed-forward network.',
    options: z.object({
      ...blockOptions,
      causal: z.boolean().default(true).describe('Whether each step sees only itself and the steps before it.'),
    }),
    inputs: { atLeast: 2, atMost: 2 },
    expand(options, scope) {
      const { heads, causal, dropout, activation, feed_forward: units, kernel_initializer } = options;
      const attention = { type: 'multi_head_attention', heads, dropout, kernel_initializer };
      return expandBlocks(
        layer,
        [
          { ...attention, name: 'self_attention', causal },
          { ...attention, name: 'cross_attention', inputs: ['memory'] },
          { type: 'feed_forward', name: 'feed_forward', units, activation, dropout, kernel_initializer },
        ],
        options,
        scope,
      );
    },
  });
