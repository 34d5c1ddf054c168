import { call, input } from '../ops/expression.js';
import type { TensorId } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';
import { size } from '../shape.js';

/** `x · kernel + bias` over the last axis: `[batch, ..., features]` to `[batch, ..., units]`, as one product. */
export function linear(builder: ProgramBuilder, x: TensorId, kernel: TensorId, bias?: TensorId): TensorId {
  const outer = builder.shapeOf(x).slice(0, -1);
  const [features, units] = builder.shapeOf(kernel) as [number, number];
  const product = builder.matmul(builder.reshape(x, [size(outer), features]), kernel);
  // The bias is added to the batch's records, not to the product's rows: what follows can then go on record by record.
  const y = builder.reshape(product, [...outer, units]);
  return bias === undefined ? y : builder.map(call('add', input(0), input(1)), [y, bias]);
}
