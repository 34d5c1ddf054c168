import type { OpAttributes, TensorId, Window2d } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';

/** The two ways in which an adaptive pooling computes. */
export interface AdaptivePooling {
  /** The op for windows of one size, side by side. */
  even(poolSize: readonly [number, number], window: Window2d): OpAttributes;
  /** Makes one of a bin along an axis, which stays with length 1. */
  bin(part: TensorId, axis: number): TensorId;
}

/**
 * Pools an image to a size. Bin i of an axis reaches from floor(i * length / bins) to before ceil((i + 1) * length / bins), as in
 * PyTorch: where the length is no multiple of the bins, neighbours overlap and the pooling goes along one axis after the other.
 */
export function adaptivePool(
  builder: ProgramBuilder,
  image: TensorId,
  outputSize: readonly [number, number],
  pooling: AdaptivePooling,
): TensorId {
  const [, height, width] = builder.shapeOf(image) as [number, number, number, number];
  const size = [height / outputSize[0], width / outputSize[1]] as const;
  if (size.every(Number.isInteger)) {
    const padding = { top: 0, bottom: 0, left: 0, right: 0 };
    return builder.add(pooling.even(size, { strides: size, dilation: [1, 1], padding }), [image]);
  }
  const along = (x: TensorId, axis: 1 | 2): TensorId => {
    const length = builder.shapeOf(x)[axis]!;
    const bins = outputSize[axis - 1]!;
    const pooled = Array.from({ length: bins }, (_, i) => {
      const start = Math.floor((i * length) / bins);
      const end = Math.ceil(((i + 1) * length) / bins);
      return pooling.bin(builder.slice(x, axis, start, end - start), axis);
    });
    return builder.concatenate(pooled, axis);
  };
  return along(along(image, 1), 2);
}
