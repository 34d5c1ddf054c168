import { z } from 'zod';
import type { TensorId } from '../../ops/op.js';
import { type Shape, ShapeError, formatShape } from '../../shape.js';
import { attend, bothMasks, joinHeads, splitHeads } from '../attention.js';
import { initializer } from '../fields.js';
import { type LayerContext, defineLayer } from '../layer.js';
import { linear } from '../linear.js';
import { rotate } from '../positions.js';
import type { Chosen } from '../registry.js';

/**
 * Attention in several heads at once (Vaswani et al., 2017, section 3.2.2): the inputs are multiplied by weights to queries, keys and
 * values of each head, `attend` weighs the values, and another product brings what all heads have found to the width of the first
 * input. `[batch, queries, width]` stays. One input is query, key and value in one; two are the query and the memory that is key and
 * value; three are query, key and value. What is padding in key or value is not looked at; the query's mask holds for the output.
 * Fewer heads of keys and values than of queries: Ainslie et al., GQA, 2023; query head i reads key head
 * `floor(i * key_value_heads / heads)`.
 *
 * Parameters: where all inputs have one width, `in_projection.kernel [width, queries' + keys' + values' columns]` and its bias, as in
 * PyTorch but transposed; else `query.kernel [width, heads * key_dim]`, `key.kernel [width, key_value_heads * key_dim]`,
 * `value.kernel [width, key_value_heads * value_dim]` and their biases. `out_projection.kernel [heads * value_dim, width]` and bias.
 */
export const multiHeadAttention = defineLayer({
  type: 'multi_head_attention',
  summary: 'Attention in several heads: to itself, of a query to a memory, or from query, key and value.',
  options: z
    .object({
      heads: z.int().positive().describe('The number of heads.'),
      key_dim: z.int().positive().optional().describe("The depth of each head's queries and keys; by default width / heads."),
      value_dim: z.int().positive().optional().describe("The depth of each head's values; by default key_dim."),
      key_value_heads: z
        .int()
        .positive()
        .optional()
        .describe('The heads of keys and values, which divide heads; by default as many.'),
      causal: z.boolean().default(false).describe('Whether each step sees only itself and the steps before it.'),
      rotary: z.boolean().default(false).describe('Whether queries and keys are turned by their places (rotary positions).'),
      dropout: z.number().min(0).lt(1).default(0).describe('The part of the attention weights that is dropped while training.'),
      use_bias: z.boolean().default(true).describe('Whether biases are added.'),
      kernel_initializer: initializer('glorot_uniform'),
      bias_initializer: initializer('zeros'),
    })
    .refine(({ heads, key_value_heads = 1 }) => heads % key_value_heads === 0, {
      message: 'key_value_heads must divide heads',
      path: ['key_value_heads'],
    }),
  inputs: { atLeast: 1, atMost: 3 },
  masking: 'use',
  build(context, inputs, options) {
    const { builder, masks } = context;
    const { heads, key_value_heads: keyHeads = heads, causal, rotary, dropout } = options;
    checkInputs(
      inputs.map((id) => builder.shapeOf(id)),
      options,
    );
    const width = builder.shapeOf(inputs[0]!)[2]!;
    const { key_dim: depth = width / heads, value_dim: valueDepth = depth } = options;
    if (!Number.isInteger(depth)) {
      throw new ShapeError(`heads: ${heads} must divide the width ${width}`);
    }
    if (rotary && depth % 2 === 1) throw new ShapeError(`rotary positions need heads of even depth, not ${depth}`);
    const projected = project(context, inputs, [heads * depth, keyHeads * depth, keyHeads * valueDepth], options);
    const [query, key, value] = projected.map((x, i) => {
      const split = splitHeads(builder, x, i === 0 ? heads : keyHeads);
      return rotary && i < 2 ? rotate(context, split) : split;
    });
    const attended = attend(context, {
      query: query!,
      key: key!,
      value: value!,
      mask: bothMasks(builder, masks[Math.min(1, inputs.length - 1)], masks.at(-1)),
      causal,
      scale: 1 / Math.sqrt(depth),
      dropout,
    });
    const { kernel, bias } = weights(context, 'out_projection', heads * valueDepth, width, options);
    return { output: linear(builder, joinHeads(builder, attended), kernel, bias), mask: masks[0] };
  },
});

function checkInputs(shapes: readonly Shape[], { causal, rotary }: { causal: boolean; rotary: boolean }): void {
  const wrong = shapes.find((shape) => shape.length !== 3);
  if (wrong !== undefined) throw new ShapeError(`multi_head_attention needs [batch, time, width], not ${formatShape(wrong)}`);
  const times = shapes.map((shape) => shape[1]!);
  if (times.length === 3 && times[1] !== times[2]) {
    throw new ShapeError(`key and value must have the same steps, not ${times[1]} and ${times[2]}`);
  }
  const ordered = causal ? 'causal: true' : 'rotary: true';
  if ((causal || rotary) && (times.length === 2 || times.some((time) => time !== times[0]))) {
    throw new ShapeError(`${ordered} is for queries and keys of one sequence, but the keys are another one's`);
  }
}

interface WeightOptions {
  readonly use_bias: boolean;
  readonly kernel_initializer: Chosen;
  readonly bias_initializer: Chosen;
}

function weights({ parameter }: LayerContext, name: string, features: number, units: number, options: WeightOptions) {
  const fans = { fanIn: features, fanOut: units };
  return {
    kernel: parameter(`${name}.kernel`, [features, units], options.kernel_initializer, fans),
    bias: options.use_bias ? parameter(`${name}.bias`, [units], options.bias_initializer, fans) : undefined,
  };
}

/** Queries, keys and values of all heads: `[batch, time, columns]` each. */
function project(
  context: LayerContext,
  inputs: readonly TensorId[],
  columns: readonly [number, number, number],
  options: WeightOptions,
): readonly TensorId[] {
  const { builder } = context;
  const sources = [inputs[0]!, inputs[Math.min(1, inputs.length - 1)]!, inputs.at(-1)!];
  const widths = sources.map((id) => builder.shapeOf(id)[2]!);
  if (widths.some((width) => width !== widths[0])) {
    return ['query', 'key', 'value'].map((name, i) => {
      const { kernel, bias } = weights(context, name, widths[i]!, columns[i]!, options);
      return linear(builder, sources[i]!, kernel, bias);
    });
  }
  const total = columns.reduce((sum, count) => sum + count, 0);
  const { kernel, bias } = weights(context, 'in_projection', widths[0]!, total, options);
  const cut = (tensor: TensorId, axis: number): TensorId[] => {
    let start = 0;
    return columns.map((count) => builder.slice(tensor, axis, (start += count) - count, count));
  };
  // To itself: one product for all three.
  if (inputs.length === 1) return cut(linear(builder, inputs[0]!, kernel, bias), 2);
  const biases = bias === undefined ? [] : cut(bias, 0);
  return cut(kernel, 1).map((part, i) => linear(builder, sources[i]!, part, biases[i]));
}
