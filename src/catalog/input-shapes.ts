import { type Shape, ShapeError, formatShape } from '../shape.js';

/** The shape of a layer's input, which must be `[batch, height, width, channels]`. Throws `ShapeError`. */
export function imageShape(type: string, shape: Shape): readonly [number, number, number, number] {
  if (shape.length !== 4) throw new ShapeError(`${type} needs [batch, height, width, channels], not ${formatShape(shape)}`);
  return shape as [number, number, number, number];
}

/** The shape of a layer's input, which must be `[batch, time, channels]`. Throws `ShapeError`. */
export function sequenceShape(type: string, shape: Shape): readonly [number, number, number] {
  if (shape.length !== 3) throw new ShapeError(`${type} needs [batch, time, channels], not ${formatShape(shape)}`);
  return shape as [number, number, number];
}
