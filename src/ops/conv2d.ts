import { type Shape, ShapeError, formatShape, sameShape, size } from '../shape.js';
import type { OpDefinition, Window2d } from './op.js';

/** The height and width that a sliding window makes of an input. Throws `ShapeError` where it does not fit once. */
export function slide(
  input: Shape,
  kernel: readonly [number, number],
  { strides, dilation, padding }: Window2d,
): [number, number] {
  const along = (length: number, k: number, stride: number, spread: number, what: string): number => {
    const extent = spread * (k - 1) + 1;
    if (extent > length) throw new ShapeError(`a window ${what} ${extent} does not fit into an input ${what} ${length}`);
    return Math.floor((length - extent) / stride) + 1;
  };
  return [
    along(input[1]! + padding.top + padding.bottom, kernel[0], strides[0], dilation[0], 'of height'),
    along(input[2]! + padding.left + padding.right, kernel[1], strides[1], dilation[1], 'of width'),
  ];
}

function outputShape(window: Window2d, groups: number, x: Shape, filter: Shape): Shape {
  if (x.length !== 4) throw new ShapeError(`a 2-d convolution needs [batch, height, width, channels], not ${formatShape(x)}`);
  if (x[3]! % groups !== 0 || filter[3]! % groups !== 0) {
    throw new ShapeError(`${groups} groups do not divide ${x[3]} channels and ${filter[3]} filters`);
  }
  if (filter[2] !== x[3]! / groups)
    throw new ShapeError(`a filter ${formatShape(filter)} does not fit the input ${formatShape(x)}`);
  return [x[0]!, ...slide(x, [filter[0]!, filter[1]!], window), filter[3]!];
}

/** A multiplication and an addition for every output element and filter weight that reaches it. */
const operations = (output: Shape, filter: Shape): number => 2 * size(output) * filter[0]! * filter[1]! * filter[2]!;

export const conv2d: OpDefinition<'conv2d'> = {
  shape: ({ window, groups }, [x, filter]) => outputShape(window, groups, x!, filter!),
  operations: (_, [, filter], output) => operations(output, filter!),
  gradient({ window, groups }, { builder, inputs, outputGradient, wanted }) {
    const [x, filter] = inputs as [number, number];
    const inputShape = builder.shapeOf(x);
    const filterShape = builder.shapeOf(filter);
    return [
      wanted[0]
        ? builder.add({ kind: 'conv2d_input_gradient', window, groups, inputShape }, [outputGradient, filter])
        : undefined,
      wanted[1] ? builder.add({ kind: 'conv2d_filter_gradient', window, groups, filterShape }, [x, outputGradient]) : undefined,
    ];
  },
};

export const conv2dInputGradient: OpDefinition<'conv2d_input_gradient'> = {
  shape({ window, groups, inputShape }, [outputGradient, filter]) {
    checkOutputGradient(outputShape(window, groups, inputShape, filter!), outputGradient!);
    return inputShape;
  },
  operations: (_, [outputGradient, filter]) => operations(outputGradient!, filter!),
  // As the forward pass of a transposed convolution it has gradients of its own.
  gradient({ window, groups }, { builder, inputs, outputGradient, wanted }) {
    const [y, filter] = inputs as [number, number];
    const filterShape = builder.shapeOf(filter);
    return [
      wanted[0] ? builder.add({ kind: 'conv2d', window, groups }, [outputGradient, filter]) : undefined,
      wanted[1] ? builder.add({ kind: 'conv2d_filter_gradient', window, groups, filterShape }, [outputGradient, y]) : undefined,
    ];
  },
};

export const conv2dFilterGradient: OpDefinition<'conv2d_filter_gradient'> = {
  shape({ window, groups, filterShape }, [x, outputGradient]) {
    checkOutputGradient(outputShape(window, groups, x!, filterShape), outputGradient!);
    return filterShape;
  },
  operations: ({ filterShape }, [, outputGradient]) => operations(outputGradient!, filterShape),
};

export function checkOutputGradient(expected: Shape, found: Shape): void {
  if (!sameShape(expected, found)) {
    throw new ShapeError(`an output gradient has the shape ${formatShape(found)} in place of ${formatShape(expected)}`);
  }
}
