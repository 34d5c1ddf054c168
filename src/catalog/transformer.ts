import { z } from 'zod';
import { activations } from './activations/index.js';
import { initializer } from './fields.js';
import type { ContainerScope, LayerSpec } from './layer.js';

/** Options that the encoder's and the decoder's blocks share. */
export const blockOptions = {
  heads: z.int().positive().describe('The heads of attention, which divide the width.'),
  feed_forward: z.int().positive().optional().describe('The units of the feed-forward network; by default 4 times the width.'),
  activation: activations.schemaOrName().prefault('relu').describe("The feed-forward network's."),
  dropout: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('The part that is dropped while training: of attention weights, of the activations, and of what each part adds.'),
  norm_first: z
    .boolean()
    .default(false)
    .describe(
      'Whether each part normalises what it reads, rather than the sum after it. Then a layer_norm belongs after the last block.',
    ),
  layers: z.int().positive().default(1).describe('How many blocks, one after the other, each with weights of its own.'),
  epsilon: z.number().positive().default(1e-5).describe('Added to the variance in layer norms.'),
  kernel_initializer: initializer('glorot_uniform'),
};

interface BlockOptions {
  readonly dropout: number;
  readonly norm_first: boolean;
  readonly epsilon: number;
  readonly layers: number;
}

/** A part of a block: a layer, and what it reads besides the block's own steps. */
type Part = LayerSpec & { readonly name: string };

/**
 * Adds blocks of a Transformer, one reading the other, and gives the last one's output. Each part's output is added to what it reads;
 * layer norms stand after the sums (Vaswani et al., Attention is all you need, 2017) or before the parts (Xiong et al., On layer
 * normalization in the Transformer architecture, 2020). `norm_1` and `dropout_1` belong to the first part. The second input, if there
 * is one, is every block's `memory`.
 * @param layer the schema of a layer, for defaults
 */
export function expandBlocks(
  layer: z.ZodType<LayerSpec>,
  parts: readonly Part[],
  options: BlockOptions,
  { inputs: [input, memory], sequence }: ContainerScope,
): string {
  const layers = z.array(layer).parse(block(parts, options));
  // Without one, which a decoder is told of elsewhere, no other problems are to follow.
  const others = { memory: memory ?? input! };
  let output = input!;
  for (let i = 0; i < options.layers; i++) output = sequence({ layers, part: String(i) }, output, others);
  return output;
}

function block(parts: readonly Part[], { dropout, norm_first, epsilon }: BlockOptions): LayerSpec[] {
  let above = 'input';
  return parts.flatMap((part, i): LayerSpec[] => {
    const [reads, norm, sum] = [above, `norm_${i + 1}`, `sum_${i + 1}`];
    above = norm_first ? sum : norm;
    const normOf = (name: string): LayerSpec => ({ type: 'layer_norm', name: norm, inputs: [name], epsilon });
    const own = { ...part, inputs: [norm_first ? norm : reads, ...(part.inputs ?? [])] };
    const dropped = dropout === 0 ? [] : [{ type: 'dropout', name: `dropout_${i + 1}`, rate: dropout }];
    const added = { type: 'add', name: sum, inputs: [reads, (dropped[0] ?? own).name] };
    return norm_first ? [normOf(reads), own, ...dropped, added] : [own, ...dropped, added, normOf(sum)];
  });
}
