import { axisIndex, call, constant, elementIndex, input } from '../../src/ops/expression.js';
import type { Window2d } from '../../src/ops/op.js';
import type { Shape } from '../../src/shape.js';
import { type ConformanceCase, conformanceCase } from './conformance-case.js';
import { layoutCases } from './conformance-layout.js';

const sum = (...indices: number[]) => indices.map(input).reduce((a, b) => call('add', a, b));

function maps(): ConformanceCase[] {
  const broadcast = (target: Shape, ...operands: Shape[]): ConformanceCase =>
    conformanceCase(`map ${JSON.stringify(operands)} to ${JSON.stringify(target)}`, ({ builder, tensor }) =>
      builder.map(
        operands.map((_, i) => call('multiply', input(i), constant(i + 1))).reduce((a, b) => call('add', a, b)),
        operands.map((shape) => tensor(shape)),
        target,
      ),
    );
  const index = (name: string, shape: Shape, expression: ReturnType<typeof input>): ConformanceCase =>
    conformanceCase(`map ${name} over ${JSON.stringify(shape)}`, ({ builder }) => builder.map(expression, [], shape), {
      tolerance: 0,
    });
  return [
    broadcast([], []),
    broadcast([1], [1]),
    broadcast([5], [5]),
    broadcast([1, 1, 1], [1, 1, 1]),
    broadcast([3, 5, 7], [3, 5, 7], [7]),
    broadcast([3, 5, 7], [3, 5, 7], [5, 1], [3, 1, 1], []),
    broadcast([3, 5, 7], [5, 7], [3, 1, 7], [1, 5, 1]),
    broadcast([2, 3, 4, 5], [2, 1, 4, 1], [3, 1, 5], [2, 3, 1, 1], [4, 5]),
    broadcast([4, 6], [6]),
    broadcast([4, 6], []),
    broadcast([2, 1, 3], [1, 1, 3], [2, 1, 1]),
    // More elements than half a step keeps quotients exact for.
    broadcast([1100, 1009], [1009], [1100, 1]),
    conformanceCase('map of seven tensors and numbers', ({ builder, tensor }) =>
      builder.map(sum(0, 1, 2, 3, 4, 5, 6, 7, 8), [
        ...Array.from({ length: 7 }, () => tensor([3, 2])),
        tensor([], [0.1]),
        tensor([1], [1e-3]),
      ]),
    ),
    conformanceCase('map of a constant', ({ builder }) => builder.map(constant(0.1), [], [3, 3])),
    conformanceCase('map of large and small constants', ({ builder, tensor }) => {
      const constants = [1e10, -1e21, 1e-8, -2.5, 16777215].map(constant);
      const formula = constants.reduce((a, b) => call('add', call('multiply', a, input(0)), b), input(0));
      return builder.map(formula, [tensor([4])]);
    }),
    index('axis_index of two axes', [3, 5, 7], call('add', call('multiply', axisIndex(0), constant(100)), axisIndex(1))),
    index('axis_index', [3, 5, 7], axisIndex(2)),
    index('axis_index', [1, 9, 1], axisIndex(0)),
    index('element_index', [3, 5, 7], elementIndex),
    // Small divisors of large positions.
    index('axis_index', [400_001, 3], call('add', call('multiply', axisIndex(0), constant(4)), axisIndex(1))),
    index(
      'element_index and axis_index',
      [1031, 1024],
      call('subtract', elementIndex, call('multiply', axisIndex(0), axisIndex(1))),
    ),
  ];
}

function reductions(): ConformanceCase[] {
  const shapes: [Shape, number[][]][] = [
    [[1], [[0]]],
    [[300], [[0]]],
    [
      [1, 6, 1],
      [[0], [1], [2], [0, 1, 2]],
    ],
    [
      [3, 5, 7],
      [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]],
    ],
    [
      [2, 3, 4, 5],
      [[0, 2], [1, 3], [0, 1, 2], [0, 3], [2]],
    ],
    [
      [4, 1000, 3],
      [[1], [0, 1], [0, 1, 2], [0, 2]],
    ],
    [[70001], [[0]]],
    [
      [2, 129],
      [[1], [0]],
    ],
  ];
  return shapes.flatMap(([shape, sets]) =>
    sets.flatMap((axes) =>
      (['sum', 'maximum'] as const).map((reduction) =>
        conformanceCase(`reduce ${reduction} of ${JSON.stringify(shape)} over ${JSON.stringify(axes)}`, ({ builder, tensor }) => {
          const x = tensor(shape);
          return builder.reduce(
            reduction,
            reduction === 'sum' ? x : builder.map(call('subtract', input(0), constant(2)), [x]),
            axes,
          );
        }),
      ),
    ),
  );
}

function products(): ConformanceCase[] {
  const sizes: [Shape, number, number, number][] = [
    [[], 1, 1, 1],
    [[], 3, 5, 7],
    [[], 17, 33, 9],
    [[], 1, 64, 10],
    [[], 6, 1, 6],
    [[], 2, 5003, 3],
    [[3], 4, 6, 5],
    [[2, 3], 3, 2, 4],
  ];
  return sizes.flatMap(([batch, m, k, n]) =>
    [false, true].flatMap((transposeA) =>
      [false, true].map((transposeB) =>
        conformanceCase(
          `matmul ${JSON.stringify([...batch, m, k, n])}${transposeA ? ', first transposed' : ''}${transposeB ? ', second transposed' : ''}`,
          ({ builder, tensor }) =>
            builder.matmul(
              tensor([...batch, ...(transposeA ? [k, m] : [m, k])]),
              tensor([...batch, ...(transposeB ? [n, k] : [k, n])]),
              { transposeA, transposeB },
            ),
        ),
      ),
    ),
  );
}

interface WindowOptions {
  strides?: [number, number];
  dilation?: [number, number];
  /** Top, bottom, left, right. */
  padding?: [number, number, number, number];
}

function window({
  strides = [1, 1],
  dilation = [1, 1],
  padding: [top, bottom, left, right] = [0, 0, 0, 0],
}: WindowOptions): Window2d {
  return { strides, dilation, padding: { top, bottom, left, right } };
}

function convolutions(): ConformanceCase[] {
  const settings: [x: Shape, kernel: [number, number], filters: number, groups: number, WindowOptions][] = [
    [[1, 1, 1, 1], [1, 1], 1, 1, {}],
    [[2, 6, 5, 3], [3, 3], 4, 1, {}],
    [[2, 7, 6, 2], [3, 2], 3, 1, { strides: [2, 1] }],
    [[2, 8, 9, 2], [3, 3], 2, 1, { strides: [2, 3], padding: [1, 0, 2, 1] }],
    [[1, 9, 9, 2], [3, 3], 3, 1, { dilation: [2, 3], padding: [2, 2, 3, 3] }],
    [[2, 9, 7, 4], [3, 2], 6, 2, { strides: [2, 2], dilation: [2, 1], padding: [1, 2, 0, 1] }],
    [[2, 5, 5, 3], [3, 3], 3, 3, { padding: [1, 1, 1, 1] }],
    [[1, 5, 5, 3], [3, 3], 6, 3, { padding: [1, 1, 1, 1], strides: [3, 3] }],
    // A filter for each channel: channels by sixteen, by four and one by one; strides and dilations with and without common divisors.
    [[2, 7, 6, 21], [3, 3], 21, 21, { padding: [1, 1, 1, 1] }],
    [[9, 8, 5, 16], [3, 2], 16, 16, { strides: [2, 3], padding: [1, 0, 2, 1] }],
    [[2, 9, 11, 6], [3, 3], 6, 6, { strides: [2, 3], dilation: [3, 2], padding: [4, 2, 1, 3] }],
    [[2, 10, 9, 5], [2, 3], 5, 5, { strides: [4, 2], dilation: [2, 4], padding: [0, 2, 5, 4] }],
    [[3, 4, 4, 5], [1, 1], 7, 1, {}],
    [[2, 5, 4, 3], [5, 4], 4, 1, {}],
    [[5, 31, 11, 2], [3, 3], 3, 1, { strides: [1, 2] }],
    // Channels by four and enough of them for Winograd's method on the CPU.
    [[1, 4, 9, 8], [3, 3], 8, 1, { padding: [1, 1, 1, 1] }],
    [[19, 7, 6, 8], [3, 3], 12, 1, { padding: [1, 0, 0, 1] }],
    [[3, 6, 7, 12], [3, 3], 8, 1, {}],
  ];
  return settings.flatMap(([x, kernel, filters, groups, options]) => {
    const name = JSON.stringify({ x, kernel, filters, groups, ...options });
    const w = window(options);
    const filterShape = [...kernel, x[3]! / groups, filters];
    const output = (extent: number, k: number, axis: 0 | 1): number => {
      const padding = axis === 0 ? w.padding.top + w.padding.bottom : w.padding.left + w.padding.right;
      return Math.floor((extent + padding - w.dilation[axis] * (k - 1) - 1) / w.strides[axis]) + 1;
    };
    const outputShape = [x[0]!, output(x[1]!, kernel[0], 0), output(x[2]!, kernel[1], 1), filters];
    return [
      conformanceCase(`conv2d ${name}`, ({ builder, tensor }) =>
        builder.add({ kind: 'conv2d', window: w, groups }, [tensor(x), tensor(filterShape)]),
      ),
      conformanceCase(`conv2d_input_gradient ${name}`, ({ builder, tensor }) =>
        builder.add({ kind: 'conv2d_input_gradient', window: w, groups, inputShape: x }, [
          tensor(outputShape),
          tensor(filterShape),
        ]),
      ),
      conformanceCase(`conv2d_filter_gradient ${name}`, ({ builder, tensor }) =>
        builder.add({ kind: 'conv2d_filter_gradient', window: w, groups, filterShape }, [tensor(x), tensor(outputShape)]),
      ),
    ];
  });
}

function pools(): ConformanceCase[] {
  const settings: [x: Shape, poolSize: [number, number], WindowOptions][] = [
    [[1, 1, 1, 1], [1, 1], {}],
    [[2, 6, 4, 3], [2, 2], { strides: [2, 2] }],
    [[2, 7, 5, 3], [2, 2], { strides: [2, 2] }],
    // Whole vectors of channels.
    [[2, 6, 4, 8], [2, 2], { strides: [2, 2] }],
    [[2, 7, 5, 4], [2, 2], { strides: [2, 2] }],
    [[2, 7, 5, 4], [2, 2], { strides: [2, 2], padding: [0, 1, 0, 1] }],
    [[2, 6, 5, 4], [3, 2], { strides: [2, 1], padding: [1, 1, 0, 1] }],
    [[2, 7, 6, 2], [3, 2], {}],
    [[1, 8, 9, 2], [3, 3], { strides: [2, 2], padding: [1, 1, 1, 0] }],
    [[2, 9, 9, 1], [2, 3], { strides: [1, 3], dilation: [3, 2], padding: [1, 0, 2, 1] }],
    [[2, 6, 5, 3], [6, 5], {}],
  ];
  return settings.flatMap(([x, poolSize, options]) => {
    const name = JSON.stringify({ x, poolSize, ...options });
    const w = window(options);
    const count = x.reduce((a, b) => a * b, 1);
    const tied = Array.from({ length: count }, (_, i) => ((i * 7) % 5) - 2);
    return [
      conformanceCase(`max_pool2d ${name}`, ({ builder, tensor }) =>
        builder.add({ kind: 'max_pool2d', poolSize, window: w }, [tensor(x)]),
      ),
      ...[undefined, tied].map((values) =>
        conformanceCase(`max_pool2d_gradient ${name}${values ? ', ties' : ''}`, ({ builder, tensor }) => {
          const image = tensor(x, values);
          const pooled = builder.add({ kind: 'max_pool2d', poolSize, window: w }, [image]);
          return builder.add({ kind: 'max_pool2d_gradient', poolSize, window: w }, [image, tensor(builder.shapeOf(pooled))]);
        }),
      ),
    ];
  });
}

function reshapes(): ConformanceCase[] {
  return [
    conformanceCase('reshape of an input', ({ builder, tensor }) => builder.reshape(tensor([3, 4]), [2, 6])),
    conformanceCase('reshape between two ops', ({ builder, tensor }) => {
      const doubled = builder.map(call('add', input(0), input(0)), [tensor([3, 4])]);
      return builder.reduce('sum', builder.reshape(doubled, [2, 2, 3]), [1]);
    }),
    conformanceCase('reshape of a reshape, both read', ({ builder, tensor }) => {
      const x = builder.map(call('negate', input(0)), [tensor([3, 4])]);
      const flat = builder.reshape(x, [12]);
      const square = builder.reshape(flat, [4, 3]);
      return builder.map(sum(0, 1), [builder.reduce('sum', square, [0]), builder.reshape(builder.total(flat), [1, 1])]);
    }),
  ];
}

/** Every kind of op over many shapes, by kind. */
export const opCases: { readonly [kind: string]: readonly ConformanceCase[] } = {
  map: maps(),
  reduce: reductions(),
  matmul: products(),
  convolution: convolutions(),
  pooling: pools(),
  reshape: reshapes(),
  ...layoutCases,
};
