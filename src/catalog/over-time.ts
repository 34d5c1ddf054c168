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
