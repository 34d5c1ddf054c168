import { call, constant, input } from '../ops/expression.js';
import type { TensorId } from '../ops/op.js';
import type { Shape } from '../shape.js';
import type { LayerContext } from './layer.js';

/**
 * In training every element is kept with probability 1 - rate and divided by it, else 0 (Srivastava et al., 2014, inverted);
 * in evaluation everything passes. The mask is a function of (seed, purpose, step, element). It has the shape of x or one that
 * broadcasts to it: what shares an element of the mask is kept or dropped together.
 */
export function drop(
  { builder, name, training }: LayerContext,
  x: TensorId,
  rate: number,
  { purpose = name, shape = builder.shapeOf(x) }: { readonly purpose?: string; readonly shape?: Shape } = {},
): TensorId {
  if (!training || rate === 0) return x;
  const uniform = builder.randomUniform(purpose, shape);
  const keep = call('greater_equal', input(0), constant(rate));
  const mask = builder.map(call('multiply', keep, constant(1 / (1 - rate))), [uniform]);
  return builder.map(call('multiply', input(0), input(1)), [x, mask]);
}
