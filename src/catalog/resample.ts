import type { Expression } from '../ops/expression.js';
import type { TensorId } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';

/**
 * `[batch, height, width, channels]` to `[batch, to[0], to[1], channels]`, every row and then every column of the result a
 * weighted sum of those of the image.
 *
 * @param weight the weight of position `axisIndex(2)` in position `axisIndex(1)` of the result, for an axis of `from` made one of `to`
 */
export function resampleImage(
  builder: ProgramBuilder,
  image: TensorId,
  to: readonly [number, number],
  weight: (to: number, from: number) => Expression,
): TensorId {
  // Along the first axis after the batch, so that a product takes all channels of all columns at once.
  const along = (x: TensorId, length: number): TensorId => {
    const [batch, from, across, channels] = builder.shapeOf(x) as [number, number, number, number];
    const weights = builder.map(weight(length, from), [], [batch, length, from]);
    const product = builder.matmul(weights, builder.reshape(x, [batch, from, across * channels]));
    return builder.reshape(product, [batch, length, across, channels]);
  };
  const columnsFirst = builder.transpose(along(image, to[0]), [0, 2, 1, 3]);
  return builder.transpose(along(columnsFirst, to[1]), [0, 2, 1, 3]);
}
