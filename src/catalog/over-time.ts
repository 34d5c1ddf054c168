import { call, input } from '../ops/expression.js';
import type { TensorId, Window2d } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';
import { ShapeError } from '../shape.js';
import { window2d } from './fields.js';

/** `[batch, time, channels]` to `[batch, time', channels']` by an op on images: the steps are the columns of a single row. */
export function overTime(builder: ProgramBuilder, x: TensorId, op: (image: TensorId) => TensorId): TensorId {
  const [batch, time, channels] = builder.shapeOf(x) as [number, number, number];
  const result = op(builder.reshape(x, [batch, 1, time, channels]));
  const [, , steps, depth] = builder.shapeOf(result) as [number, number, number, number];
  return builder.reshape(result, [batch, steps, depth]);
}

/**
 * How a window over `kernel` steps slides over the columns of such an image. `causal` puts all padding before the first step, so that
 * no output sees a later step. Throws `ShapeError` where it does not fit once.
 */
export function window1d(
  time: number,
  kernel: number,
  options: { strides: number; dilation?: number; padding: 'valid' | 'same' | 'causal' | number },
): Window2d {
  const { strides, dilation = 1, padding } = options;
  const extent = dilation * (kernel - 1) + 1;
  const rule = padding === 'causal' ? 'valid' : padding;
  const window = window2d([1, 1, time, 1], [1, kernel], { strides: [1, strides], dilation: [1, dilation], padding: rule });
  const [left, right] = padding === 'causal' ? [extent - 1, 0] : [window.padding.left, window.padding.right];
  if (extent > time + left + right) {
    const padded = left + right === 0 ? '' : ` padded by ${left + right}`;
    throw new ShapeError(`a window over ${extent} steps does not fit into ${time} steps${padded}`);
  }
  return { ...window, padding: { top: 0, bottom: 0, left, right } };
}

/** As `window1d`, for pooling: no window may see nothing but padding. */
export function poolWindow1d(
  time: number,
  poolSize: number,
  options: { strides: number; padding: 'valid' | 'same' | number },
): Window2d {
  const window = window1d(time, poolSize, options);
  if (Math.max(window.padding.left, window.padding.right) >= poolSize) {
    throw new ShapeError(`padding: ${options.padding} must be smaller than the window of ${poolSize} steps`);
  }
  return window;
}

/** Zeros in place of the steps that do not count, which is what a window finds beyond the end of a sequence. */
export function withoutPaddedSteps(builder: ProgramBuilder, x: TensorId, mask: TensorId): TensorId {
  const counts = builder.reshape(mask, [...builder.shapeOf(mask), 1]);
  return builder.map(call('multiply', input(0), input(1)), [x, counts]);
}

/**
 * The mask of what `overTime` makes of a masked sequence, `[batch, steps]`: of each record as many steps count as there would be,
 * were it as long as its own steps are. Throws `ShapeError` where that were more steps than it has.
 */
export function maskOfWindows(
  builder: ProgramBuilder,
  mask: TensorId,
  kernel: number,
  window: Window2d,
  steps: number,
): TensorId {
  const { left, right } = window.padding;
  // A step counts if this one does, counted from the first that its window may see.
  const last = window.dilation[1] * (kernel - 1) - left - right;
  if (last < 0)
    throw new ShapeError(`padding of ${left + right} steps would make steps of nothing where its input has padded steps`);
  const stride = window.strides[1];
  const ends = builder.slice(mask, 1, last, (steps - 1) * stride + 1);
  if (stride === 1) return ends;
  const apart = { strides: window.strides, dilation: [1, 1], padding: { top: 0, bottom: 0, left: 0, right: 0 } } as const;
  const image = builder.reshape(ends, [...builder.shapeOf(ends), 1]);
  const chosen = overTime(builder, image, (row) => builder.add({ kind: 'max_pool2d', poolSize: [1, 1], window: apart }, [row]));
  return builder.reshape(chosen, [builder.shapeOf(mask)[0]!, steps]);
}

/** As `maskOfWindows`, for pooling, whose windows must not reach beyond the steps that count. Throws `ShapeError` where they may. */
export function maskOfPools(
  builder: ProgramBuilder,
  mask: TensorId,
  poolSize: number,
  window: Window2d,
  steps: number,
): TensorId {
  const { left, right } = window.padding;
  if (left + right > 0) throw new ShapeError('an input with padded steps can be pooled with padding: valid only');
  return maskOfWindows(builder, mask, poolSize, window, steps);
}
