import { type Expression, axisIndex, call, constant, input } from '../ops/expression.js';
import type { TensorId } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';
import { drop } from './drop.js';
import type { LayerContext } from './layer.js';

export interface Attention {
  /** `[batch, heads, queries, depth]` */
  readonly query: TensorId;
  /** `[batch, key heads, keys, depth]`; the key heads divide the heads, of which as many neighbours as there are read one. */
  readonly key: TensorId;
  /** `[batch, key heads, keys, value depth]` */
  readonly value: TensorId;
  /** `[batch, keys]`: 1 where a key counts. */
  readonly mask: TensorId | undefined;
  /** Whether query i sees keys 0 to i only. */
  readonly causal: boolean;
  readonly scale: number;
  /** The part of the weights that is dropped. */
  readonly dropout: number;
}

/** What is added to the score of a key that does not count. Not infinity: the difference of two would be no number. */
const excluded = -1e30;
/** Far below every score and far above `excluded`. */
const lowest = -1e29;

/**
 * `softmax(query · keyᵀ * scale) · value` (Vaswani et al., Attention is all you need, 2017): `[batch, heads, queries, value depth]`.
 * A query none of whose keys counts gives 0, as PyTorch's `scaled_dot_product_attention` does (its `MultiheadAttention` gives NaN
 * where it returns the weights).
 */
export function attend(context: LayerContext, { query, key, value, ...rest }: Attention): TensorId {
  const { builder } = context;
  const [batch, heads, queries, depth] = builder.shapeOf(query) as [number, number, number, number];
  const [, keyHeads, keys, valueDepth] = builder.shapeOf(value) as [number, number, number, number];
  // The heads that read one key head lie together: their queries are rows of one product.
  const rows = (heads / keyHeads) * queries;
  const scores = builder.matmul(builder.reshape(query, [batch, keyHeads, rows, depth]), key, { transposeB: true });
  const { powers, sums } = exponentials(builder, builder.reshape(scores, [batch, heads, queries, keys]), rest);
  const kept = drop(context, powers, rest.dropout, { purpose: `${context.name}/attention` });
  const sum = builder.matmul(builder.reshape(kept, [batch, keyHeads, rows, keys]), value);
  // Dividing what the keys come to costs less than dividing the weight of every key.
  return builder.map(call('divide', input(0), input(1)), [builder.reshape(sum, [batch, heads, queries, valueDepth]), sums]);
}

/** Numerators `[batch, heads, queries, keys]` and denominators `[batch, heads, queries, 1]` of the weights. */
function exponentials(
  builder: ProgramBuilder,
  scores: TensorId,
  { mask, causal, scale }: Pick<Attention, 'mask' | 'causal' | 'scale'>,
): { powers: TensorId; sums: TensorId } {
  const conditions: Expression[] = [];
  const operands = [scores];
  if (causal) conditions.push(call('greater_equal', axisIndex(2), axisIndex(3)));
  if (mask !== undefined) {
    const [batch, keys] = builder.shapeOf(mask) as [number, number];
    conditions.push(input(operands.push(builder.reshape(mask, [batch, 1, 1, keys])) - 1));
  }
  // Added, not selected: a power of 0 lets no gradient through, so the gradient needs to know nothing of who counts.
  const scaled = call('multiply', input(0), constant(scale));
  const terms = conditions.map((counts) => call('select', counts, constant(0), constant(excluded)));
  const masked = builder.map(
    terms.reduce((sum, term) => call('add', sum, term), scaled),
    operands,
  );
  // The weights do not depend on what is subtracted; the largest keeps the powers from overflowing.
  const largest = builder.reduce('maximum', masked, [3]);
  // A mask may leave a query without a key. Measured from `lowest` all its powers are 0, and so is what they are divided by.
  const mayBeEmpty = mask !== undefined;
  const origin = mayBeEmpty ? builder.map(call('maximum', input(0), constant(lowest)), [largest]) : largest;
  const difference = call('subtract', input(0), input(1));
  const powers = builder.map(call('exponential', difference), [masked, builder.stopGradient(origin)]);
  const sums = builder.reduce('sum', powers, [3]);
  // Where any key counts, the largest power is 1 and the sum not less.
  return { powers, sums: mayBeEmpty ? builder.map(call('maximum', input(0), constant(0.5)), [sums]) : sums };
}

/** `[batch, time, heads * depth]` to `[batch, heads, time, depth]`. */
export function splitHeads(builder: ProgramBuilder, x: TensorId, heads: number): TensorId {
  const [batch, time, width] = builder.shapeOf(x) as [number, number, number];
  return builder.transpose(builder.reshape(x, [batch, time, heads, width / heads]), [0, 2, 1, 3]);
}

/** `[batch, heads, time, depth]` to `[batch, time, heads * depth]`. */
export function joinHeads(builder: ProgramBuilder, x: TensorId): TensorId {
  const [batch, heads, time, depth] = builder.shapeOf(x) as [number, number, number, number];
  return builder.reshape(builder.transpose(x, [0, 2, 1, 3]), [batch, time, heads * depth]);
}

/** The steps that count in both: masks `[batch, time]`, either of which may be absent. */
export function bothMasks(builder: ProgramBuilder, a: TensorId | undefined, b: TensorId | undefined): TensorId | undefined {
  if (a === undefined || b === undefined || a === b) return a ?? b;
  return builder.map(call('multiply', input(0), input(1)), [a, b]);
}
