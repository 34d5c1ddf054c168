import type { Expression } from '../../ops/expression.js';
import type { AttributesOf, OpAttributes, OpKind, Window2d } from '../../ops/op.js';
import { primitives } from '../../ops/primitives.js';
import { type Shape, broadcastStrides, rowMajorStrides, size } from '../../shape.js';

/** A tensor as the reference holds it: row-major float64. */
export interface Operand {
  readonly shape: Shape;
  readonly values: Float64Array;
}

type Kernel<K extends OpKind> = (attributes: AttributesOf<K>, inputs: readonly Operand[], output: Shape) => Float64Array;

/** Runs one op. */
export function runOp(attributes: OpAttributes, inputs: readonly Operand[], output: Shape): Float64Array {
  return (kernels[attributes.kind] as Kernel<OpKind>)(attributes, inputs, output);
}

/** Visits the positions of a shape in row-major order. */
function forEachPosition(shape: Shape, visit: (position: readonly number[], element: number) => void): void {
  const position = new Array<number>(shape.length).fill(0);
  const count = size(shape);
  for (let element = 0; element < count; element++) {
    visit(position, element);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++position[axis]! < shape[axis]!) break;
      position[axis] = 0;
    }
  }
}

const offset = (strides: readonly number[], position: readonly number[]): number =>
  strides.reduce((sum, stride, axis) => sum + stride * position[axis]!, 0);

function evaluate(e: Expression, operands: readonly number[], position: readonly number[], element: number): number {
  switch (e.kind) {
    case 'input':
      return operands[e.index]!;
    case 'constant':
      return e.value;
    case 'axis_index':
      return position[e.axis]!;
    case 'element_index':
      return element;
    case 'call': {
      const primitive: (...args: number[]) => number = primitives[e.primitive].evaluate;
      return primitive(...e.arguments.map((argument) => evaluate(argument, operands, position, element)));
    }
  }
}

/** Calls `visit` for every (output pixel, tap) pair that lies inside the input: indices of batch, rows, columns and the tap. */
function forEachTap(
  inputShape: Shape,
  outputShape: Shape,
  kernel: readonly [number, number],
  { strides, dilation, padding }: Window2d,
  visit: (n: number, outY: number, outX: number, tapY: number, tapX: number, y: number, x: number) => void,
): void {
  for (let n = 0; n < outputShape[0]!; n++)
    for (let outY = 0; outY < outputShape[1]!; outY++)
      for (let outX = 0; outX < outputShape[2]!; outX++)
        for (let tapY = 0; tapY < kernel[0]; tapY++)
          for (let tapX = 0; tapX < kernel[1]; tapX++) {
            const y = outY * strides[0] + tapY * dilation[0] - padding.top;
            const x = outX * strides[1] + tapX * dilation[1] - padding.left;
            if (y >= 0 && y < inputShape[1]! && x >= 0 && x < inputShape[2]!) visit(n, outY, outX, tapY, tapX, y, x);
          }
}

/**
 * Calls `visit` with the indices of every (input element, filter weight, output element) that meet in a convolution: forward and
 * both gradients are this one triple, with another member of it summed into.
 */
function forEachProduct(
  shapes: { input: Shape; filter: Shape; output: Shape },
  window: Window2d,
  groups: number,
  visit: (input: number, filter: number, output: number) => void,
): void {
  const [inputStrides, filterStrides, outputStrides] = [shapes.input, shapes.filter, shapes.output].map(rowMajorStrides);
  const channels = shapes.filter[2]!;
  const filters = shapes.filter[3]! / groups;
  forEachTap(shapes.input, shapes.output, [shapes.filter[0]!, shapes.filter[1]!], window, (n, outY, outX, tapY, tapX, y, x) => {
    for (let group = 0; group < groups; group++)
      for (let c = 0; c < channels; c++)
        for (let f = 0; f < filters; f++)
          visit(
            offset(inputStrides!, [n, y, x, group * channels + c]),
            offset(filterStrides!, [tapY, tapX, c, group * filters + f]),
            offset(outputStrides!, [n, outY, outX, group * filters + f]),
          );
  });
}

const kernels: { readonly [K in OpKind]: Kernel<K> } = {
  map({ expression }, inputs, shape) {
    const output = new Float64Array(size(shape));
    const strides = inputs.map((operand) => broadcastStrides(operand.shape, shape));
    forEachPosition(shape, (position, element) => {
      const operands = inputs.map((operand, i) => operand.values[offset(strides[i]!, position)]!);
      output[element] = evaluate(expression, operands, position, element);
    });
    return output;
  },

  reduce({ reduction }, [x], shape) {
    const output = new Float64Array(size(shape)).fill(reduction === 'sum' ? 0 : -Infinity);
    const strides = broadcastStrides(shape, x!.shape);
    forEachPosition(x!.shape, (position, element) => {
      const target = offset(strides, position);
      const value = x!.values[element]!;
      output[target] = reduction === 'sum' ? output[target]! + value : Math.max(output[target]!, value);
    });
    return output;
  },

  matmul({ transposeA, transposeB }, [a, b], shape) {
    const output = new Float64Array(size(shape));
    const [m, n] = [shape[shape.length - 2]!, shape[shape.length - 1]!];
    const k = a!.shape[a!.shape.length - (transposeA ? 2 : 1)]!;
    const batches = size(shape.slice(0, -2));
    for (let batch = 0; batch < batches; batch++)
      for (let i = 0; i < m; i++)
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let p = 0; p < k; p++) {
            const left = a!.values[batch * m * k + (transposeA ? p * m + i : i * k + p)]!;
            const right = b!.values[batch * k * n + (transposeB ? j * k + p : p * n + j)]!;
            sum += left * right;
          }
          output[(batch * m + i) * n + j] = sum;
        }
    return output;
  },

  conv2d({ window, groups }, [x, filter], shape) {
    const output = new Float64Array(size(shape));
    forEachProduct({ input: x!.shape, filter: filter!.shape, output: shape }, window, groups, (i, f, o) => {
      output[o]! += x!.values[i]! * filter!.values[f]!;
    });
    return output;
  },

  conv2d_input_gradient({ window, groups }, [outputGradient, filter], shape) {
    const gradient = new Float64Array(size(shape));
    forEachProduct({ input: shape, filter: filter!.shape, output: outputGradient!.shape }, window, groups, (i, f, o) => {
      gradient[i]! += outputGradient!.values[o]! * filter!.values[f]!;
    });
    return gradient;
  },

  conv2d_filter_gradient({ window, groups }, [x, outputGradient], shape) {
    const gradient = new Float64Array(size(shape));
    forEachProduct({ input: x!.shape, filter: shape, output: outputGradient!.shape }, window, groups, (i, f, o) => {
      gradient[f]! += x!.values[i]! * outputGradient!.values[o]!;
    });
    return gradient;
  },

  max_pool2d({ poolSize, window }, [x], shape) {
    const output = new Float64Array(size(shape)).fill(-Infinity);
    const [inputStrides, outputStrides] = [rowMajorStrides(x!.shape), rowMajorStrides(shape)];
    forEachTap(x!.shape, shape, poolSize, window, (n, outY, outX, _tapY, _tapX, y, column) => {
      for (let c = 0; c < shape[3]!; c++) {
        const target = offset(outputStrides, [n, outY, outX, c]);
        output[target] = Math.max(output[target]!, x!.values[offset(inputStrides, [n, y, column, c])]!);
      }
    });
    return output;
  },

  max_pool2d_gradient({ poolSize, window }, [x, outputGradient], shape) {
    const gradient = new Float64Array(size(shape));
    const count = size(outputGradient!.shape);
    const largest = new Float64Array(count).fill(-Infinity);
    const winner = new Int32Array(count).fill(-1);
    const [inputStrides, outputStrides] = [rowMajorStrides(shape), rowMajorStrides(outputGradient!.shape)];
    forEachTap(shape, outputGradient!.shape, poolSize, window, (n, outY, outX, _tapY, _tapX, y, column) => {
      for (let c = 0; c < shape[3]!; c++) {
        const target = offset(outputStrides, [n, outY, outX, c]);
        const source = offset(inputStrides, [n, y, column, c]);
        if (x!.values[source]! > largest[target]!) {
          largest[target] = x!.values[source]!;
          winner[target] = source;
        }
      }
    });
    for (let i = 0; i < count; i++) if (winner[i]! >= 0) gradient[winner[i]!]! += outputGradient!.values[i]!;
    return gradient;
  },

  average_pool2d({ poolSize, window, countPadding }, [x], shape) {
    const output = new Float64Array(size(shape));
    forEachShare(x!.shape, shape, poolSize, window, countPadding, (i, o, share) => (output[o]! += x!.values[i]! * share));
    return output;
  },

  average_pool2d_gradient({ poolSize, window, countPadding }, [outputGradient], shape) {
    const gradient = new Float64Array(size(shape));
    forEachShare(shape, outputGradient!.shape, poolSize, window, countPadding, (i, o, share) => {
      gradient[i]! += outputGradient!.values[o]! * share;
    });
    return gradient;
  },

  transpose({ axes }, [x], shape) {
    const strides = rowMajorStrides(x!.shape);
    return copy(x!, shape, (position) => axes.reduce((sum, axis, i) => sum + strides[axis]! * position[i]!, 0));
  },

  slice({ starts }, [x], shape) {
    const strides = rowMajorStrides(x!.shape);
    return copy(x!, shape, (position) =>
      offset(
        strides,
        position.map((p, axis) => p + starts[axis]!),
      ),
    );
  },

  pad({ before }, [x], shape) {
    const strides = rowMajorStrides(x!.shape);
    return copy(x!, shape, (position) => {
      const inner = position.map((p, axis) => p - before[axis]!);
      return inner.every((p, axis) => p >= 0 && p < x!.shape[axis]!) ? offset(strides, inner) : undefined;
    });
  },

  concatenate({ axis }, inputs, shape) {
    const output = new Float64Array(size(shape));
    const strides = rowMajorStrides(shape);
    let start = 0;
    for (const { shape: own, values } of inputs) {
      forEachPosition(own, (position, element) => {
        output[offset(strides, position) + start * strides[axis]!] = values[element]!;
      });
      start += own[axis]!;
    }
    return output;
  },

  gather(_, [table, indices], shape) {
    const [rows, width] = table!.shape as [number, number];
    const output = new Float64Array(size(shape));
    indices!.values.forEach((index, i) => {
      const row = nearestRow(index, rows);
      output.set(table!.values.subarray(row * width, (row + 1) * width), i * width);
    });
    return output;
  },

  scatter_add(_, [indices, values], shape) {
    const [rows, width] = shape as [number, number];
    const output = new Float64Array(size(shape));
    indices!.values.forEach((index, i) => {
      for (let j = 0; j < width; j++) output[nearestRow(index, rows) * width + j]! += values!.values[i * width + j]!;
    });
    return output;
  },

  reshape: (_, [x]) => x!.values,
};

const nearestRow = (index: number, rows: number): number => Math.max(0, Math.min(rows - 1, Math.trunc(index)));

/** Fills an output with the element of `x` that `source` names for each position, or 0 where it names none. */
function copy(x: Operand, shape: Shape, source: (position: readonly number[]) => number | undefined): Float64Array {
  const output = new Float64Array(size(shape));
  forEachPosition(shape, (position, element) => {
    const from = source(position);
    output[element] = from === undefined ? 0 : x.values[from]!;
  });
  return output;
}

/** Calls `visit` with every (input element, output element) pair of an average pooling and the share that one has in the other. */
function forEachShare(
  inputShape: Shape,
  outputShape: Shape,
  poolSize: readonly [number, number],
  window: Window2d,
  countPadding: boolean,
  visit: (input: number, output: number, share: number) => void,
): void {
  const [inputStrides, outputStrides] = [rowMajorStrides(inputShape), rowMajorStrides(outputShape)];
  const counts = new Float64Array(size(outputShape));
  forEachTap(inputShape, outputShape, poolSize, window, (n, outY, outX) => {
    counts[offset(outputStrides, [n, outY, outX, 0])]!++;
  });
  forEachTap(inputShape, outputShape, poolSize, window, (n, outY, outX, _tapY, _tapX, y, x) => {
    const count = countPadding ? poolSize[0] * poolSize[1] : counts[offset(outputStrides, [n, outY, outX, 0])]!;
    for (let c = 0; c < outputShape[3]!; c++) {
      visit(offset(inputStrides, [n, y, x, c]), offset(outputStrides, [n, outY, outX, c]), 1 / count);
    }
  });
}
