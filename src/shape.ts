/** The sizes of a tensor's axes, outermost first. `[]` is a scalar. */
export type Shape = readonly number[];

/** The number of elements. */
export function size(shape: Shape): number {
  return shape.reduce((product, length) => product * length, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

/** `[64, 28, 28, 1]`, as errors and tables print it. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** `[batch, 28, 28, 1]`, for shapes that are the same for every batch. */
export const formatBatched = (shape: Shape): string => `[${['batch', ...shape.slice(1)].join(', ')}]`;

/** How many elements apart neighbours along each axis lie in row-major order. */
export function rowMajorStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

/** Shapes that do not fit together. The graph turns it into an error at the layer's line. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
  /** What to do about it, where that is known. */
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** The shape that both broadcast to: aligned at the last axis, lengths equal or 1. Throws `ShapeError`. */
export function broadcastShapes(shapes: readonly Shape[]): Shape {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    shape.forEach((length, i) => {
      const axis = rank - shape.length + i;
      if (length === 1 || length === result[axis]) return;
      if (result[axis] !== 1) throw new ShapeError(`shapes ${shapes.map(formatShape).join(' and ')} do not broadcast`);
      result[axis] = length;
    });
  }
  return result;
}

/** Strides with which a tensor of `shape` is read as if it had the shape `target`: 0 along broadcast axes. */
export function broadcastStrides(shape: Shape, target: Shape): number[] {
  const own = rowMajorStrides(shape);
  return target.map((_, axis) => {
    const i = axis - (target.length - shape.length);
    return i < 0 || shape[i] === 1 ? 0 : own[i]!;
  });
}
