import type { OpAttributes, OpKind } from '../../../ops/op.js';
import type { Shape } from '../../../shape.js';
import { averagePool2d, averagePool2dGradient } from './average-pool2d.js';
import { conv2dFilterGradient } from './conv2d-filter-gradient.js';
import { conv2dInputGradient } from './conv2d-input-gradient.js';
import { conv2d } from './conv2d.js';
import { concatenate, gather, pad, scatterAdd, slice, transpose } from './copy.js';
import type { KernelCall, KernelGenerator, Stage } from './kernel.js';
import { map } from './map.js';
import { matmul } from './matmul.js';
import { maxPool2d, maxPool2dGradient } from './max-pool2d.js';
import { reduce } from './reduce.js';

/** Every op as kernels. An op without a row does not pass the type check. */
const generators: { readonly [K in OpKind]: KernelGenerator<K> } = {
  map,
  reduce,
  matmul,
  conv2d,
  conv2d_input_gradient: conv2dInputGradient,
  conv2d_filter_gradient: conv2dFilterGradient,
  max_pool2d: maxPool2d,
  max_pool2d_gradient: maxPool2dGradient,
  average_pool2d: averagePool2d,
  average_pool2d_gradient: averagePool2dGradient,
  transpose,
  slice,
  pad,
  concatenate,
  gather,
  scatter_add: scatterAdd,
  reshape: () => [],
};

/** The stages of an op, of which the last gives its output. None: the output is input 0 under another shape. */
export function stagesOf(
  attributes: OpAttributes,
  inputs: readonly Shape[],
  output: Shape,
  scalars: ReadonlySet<number>,
): readonly Stage[] {
  const generate = generators[attributes.kind] as unknown as (call: KernelCall<OpKind>) => readonly Stage[];
  return generate({ attributes: attributes as never, inputs, output, scalars });
}
