import { call, input } from '../ops/expression.js';
import type { TensorId } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';
import { ShapeError } from '../shape.js';
import type { Fans, LayerContext } from './layer.js';
import type { Chosen } from './registry.js';

/** Throws `ShapeError` where the groups of a convolution do not come out even. */
export function checkGroups(groups: number, channels: number, filters: number): void {
  if (channels % groups === 0 && filters % groups === 0) return;
  throw new ShapeError(`groups: ${groups} must divide the ${channels} input channels and the ${filters} filters`);
}

/** What every convolution does last: adds the parameter bias `[filters]`, if there is one, and applies the activation. */
export function biasAndActivation(
  { builder, parameter, activate }: LayerContext,
  y: TensorId,
  options: { use_bias: boolean; bias_initializer: Chosen; activation: Chosen },
  fans: Fans,
): TensorId {
  if (!options.use_bias) return activate(options.activation, y);
  const bias = parameter('bias', [builder.shapeOf(y).at(-1)!], options.bias_initializer, fans);
  return activate(options.activation, builder.map(call('add', input(0), input(1)), [y, bias]));
}

type Pair<T> = readonly [T, T];
type Padding = 'valid' | 'same' | number;

/**
 * What `conv2d` with filter `[kernel height, kernel width, filters / groups, channels]` does to gradients, as a layer:
 * `[batch, height, width, channels]` to `[batch, out height, out width, filters]`. Throws `ShapeError` where the options do not fit.
 */
export function transposedConvolution(
  builder: ProgramBuilder,
  x: TensorId,
  filter: TensorId,
  options: {
    strides: Pair<number>;
    dilation: Pair<number>;
    padding: Padding | Pair<Padding>;
    output_padding: Pair<number>;
    groups: number;
  },
): TensorId {
  const { strides, dilation, groups } = options;
  const paddings = typeof options.padding === 'object' ? options.padding : ([options.padding, options.padding] as const);
  const [batch, ...size] = builder.shapeOf(x) as [number, number, number, number];
  const kernel = builder.shapeOf(filter);
  const along = (axis: 0 | 1): EnlargedAxis => {
    const extent = dilation[axis] * (kernel[axis]! - 1) + 1;
    return enlargeAxis(size[axis], extent, strides[axis], paddings[axis], options.output_padding[axis]);
  };
  const [height, width] = [along(0), along(1)];
  const [[top, bottom], [left, right]] = [height.padding, width.padding];
  const window = { strides, dilation, padding: { top, bottom, left, right } };
  const inputShape = [batch, height.length, width.length, kernel[2]! * groups];
  return builder.add({ kind: 'conv2d_input_gradient', window, groups, inputShape }, [x, filter]);
}

/** An axis of the output, and how the convolution that is transposed pads it. */
interface EnlargedAxis {
  readonly length: number;
  readonly padding: Pair<number>;
}

/** `extent` is the length of the window with its dilation. */
function enlargeAxis(length: number, extent: number, stride: number, padding: Padding, outputPadding: number): EnlargedAxis {
  if (padding === 'same') {
    if (outputPadding > 0) throw new ShapeError('output_padding is for padding: valid or a number; same fixes the size');
    const total = Math.max(0, extent - stride);
    return { length: length * stride, padding: [Math.floor(total / 2), Math.ceil(total / 2)] };
  }
  if (outputPadding >= stride) throw new ShapeError(`output_padding: ${outputPadding} must be smaller than the stride ${stride}`);
  const cut = padding === 'valid' ? 0 : padding;
  const whole = (length - 1) * stride + extent + outputPadding;
  if (2 * cut >= whole) throw new ShapeError(`padding: ${cut} at both ends leaves nothing of an output of length ${whole}`);
  return { length: whole - 2 * cut, padding: [cut, cut] };
}
