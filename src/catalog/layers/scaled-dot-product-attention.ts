import { z } from 'zod';
import { ShapeError, formatShape, sameShape } from '../../shape.js';
import { attend, bothMasks } from '../attention.js';
import { defineLayer } from '../layer.js';

/**
 * `softmax(query · keyᵀ * scale) · value`, from three inputs: query `[batch, queries, depth]`, key `[batch, keys, depth]` and value
 * `[batch, keys, value depth]` to `[batch, queries, value depth]`, or all of them with an axis of heads after the batch. What is
 * padding in the key or the value is not looked at; the query's mask holds for the output. Vaswani et al., 2017.
 */
export const scaledDotProductAttention = defineLayer({
  type: 'scaled_dot_product_attention',
  summary: 'Attention without weights of its own, from three inputs: query, key and value.',
  options: z.object({
    causal: z.boolean().default(false).describe('Whether query i sees only the keys up to i.'),
    scale: z.number().positive().optional().describe('What the scores are multiplied by; by default 1 / sqrt(depth).'),
    dropout: z.number().min(0).lt(1).default(0).describe('The part of the attention weights that is dropped while training.'),
  }),
  inputs: { atLeast: 3, atMost: 3 },
  masking: 'use',
  build(context, inputs, { causal, scale, dropout }) {
    const { builder, masks } = context;
    const shapes = inputs.map((id) => builder.shapeOf(id));
    const [query, key, value] = shapes as [number[], number[], number[]];
    const found = shapes.map(formatShape).join(', ');
    const rank = query.length;
    if ((rank !== 3 && rank !== 4) || key.length !== rank || value.length !== rank) {
      throw new ShapeError(`query, key and value must be [batch, time, depth] or [batch, heads, time, depth], not ${found}`);
    }
    const [queries, depth] = query.slice(-2) as [number, number];
    if (!sameShape(key.slice(0, -1), value.slice(0, -1)) || !sameShape(query.slice(0, -2), key.slice(0, -2))) {
      throw new ShapeError(`key and value must have the same steps, and all three the same heads, not ${found}`);
    }
    if (key.at(-1) !== depth) throw new ShapeError(`query and key must have the same depth, not ${depth} and ${key.at(-1)}`);
    if (causal && key.at(-2) !== queries) {
      throw new ShapeError(`causal attention needs a key for each query, not ${key.at(-2)} keys for ${queries} queries`);
    }
    const [q, k, v] = inputs.map((id, i) => {
      const [batch, ...rest] = shapes[i]!;
      return rank === 4 ? id : builder.reshape(id, [batch!, 1, ...rest]);
    });
    const mask = bothMasks(builder, masks[1], masks[2]);
    const output = attend(context, {
      query: q!,
      key: k!,
      value: v!,
      mask,
      causal,
      scale: scale ?? 1 / Math.sqrt(depth),
      dropout,
    });
    return { output: builder.reshape(output, [...query.slice(0, -1), value.at(-1)!]), mask: masks[0] };
  },
});
