import { describe, expect, it } from 'vitest';
import { axisIndex, call, constant, elementIndex, input } from '../../src/ops/expression.js';
import { definitionOf } from '../../src/ops/index.js';
import type { OpAttributes, Window2d } from '../../src/ops/op.js';
import { type Shape, ShapeError, broadcastShapes, broadcastStrides, rowMajorStrides, size } from '../../src/shape.js';
import { shapeOf } from './run-program.js';

const none = { top: 0, bottom: 0, left: 0, right: 0 };
const plain: Window2d = { strides: [1, 1], dilation: [1, 1], padding: none };
const sum = call('add', input(0), input(1));

type Row = [name: string, attributes: OpAttributes, inputs: Shape[], expected: Shape | RegExp];

const conv = (window: Partial<Window2d> = {}, groups = 1): OpAttributes => ({
  kind: 'conv2d',
  window: { ...plain, ...window },
  groups,
});
const pool = (poolSize: [number, number], window: Partial<Window2d> = {}): OpAttributes => ({
  kind: 'max_pool2d',
  poolSize,
  window: { ...plain, ...window },
});
const matmul = (transposeA: boolean, transposeB: boolean): OpAttributes => ({ kind: 'matmul', transposeA, transposeB });
const reduce = (...axes: number[]): OpAttributes => ({ kind: 'reduce', reduction: 'sum', axes });

const rows: Row[] = [
  ['a map of broadcast operands', { kind: 'map', expression: sum, shape: [2, 3] }, [[2, 1], [3]], [2, 3]],
  ['a map to a larger shape', { kind: 'map', expression: input(0), shape: [5, 2, 3] }, [[3]], [5, 2, 3]],
  ['a map of nothing', { kind: 'map', expression: constant(1), shape: [4] }, [], [4]],
  [
    'a map whose operand is too long',
    { kind: 'map', expression: sum, shape: [1, 3] },
    [[2, 1], [3]],
    /\[2, 1\] and \[3\].*\[1, 3\]/,
  ],
  ['a map of unequal shapes', { kind: 'map', expression: sum, shape: [2, 3] }, [[2, 3], [2]], /do not broadcast/],
  ['a map that reads an input too many', { kind: 'map', expression: input(2), shape: [2] }, [[2], [2]], /input 2 of 2/],
  ['a map that reads an axis too many', { kind: 'map', expression: axisIndex(1), shape: [2] }, [], /axis 1 of 1/],

  ['a reduction', reduce(0, 2), [[2, 3, 4]], [1, 3, 1]],
  ['a reduction over an absent axis', reduce(3), [[2, 3, 4]], /no axis 3/],
  ['a reduction over a negative axis', reduce(-1), [[2, 3, 4]], /no axis -1/],

  [
    'a matrix product',
    matmul(false, false),
    [
      [2, 3],
      [3, 5],
    ],
    [2, 5],
  ],
  [
    'a transposed matrix product',
    matmul(true, true),
    [
      [3, 2],
      [5, 3],
    ],
    [2, 5],
  ],
  [
    'matrix products side by side',
    matmul(false, true),
    [
      [7, 2, 3],
      [7, 5, 3],
    ],
    [7, 2, 5],
  ],
  [
    'a matrix product of unequal inner lengths',
    matmul(false, false),
    [
      [2, 3],
      [4, 5],
    ],
    /\[2, 3\] and \[4, 5\] cannot be multiplied/,
  ],
  [
    'a matrix product of unequal leading axes',
    matmul(false, false),
    [
      [2, 2, 3],
      [3, 3, 5],
    ],
    /cannot be multiplied/,
  ],
  [
    'a matrix product of unequal ranks',
    matmul(false, false),
    [
      [2, 2, 3],
      [3, 5],
    ],
    /two matrices/,
  ],
  ['a matrix product of vectors', matmul(false, false), [[3], [3]], /two matrices/],

  [
    'a convolution',
    conv(),
    [
      [8, 28, 28, 1],
      [3, 3, 1, 32],
    ],
    [8, 26, 26, 32],
  ],
  [
    'a strided convolution with rows left over',
    conv({ strides: [2, 3] }),
    [
      [1, 8, 9, 2],
      [3, 2, 2, 4],
    ],
    [1, 3, 3, 4],
  ],
  [
    'a dilated convolution',
    conv({ dilation: [2, 3] }),
    [
      [1, 5, 7, 1],
      [3, 3, 1, 1],
    ],
    [1, 1, 1, 1],
  ],
  [
    'a padded convolution',
    conv({ padding: { top: 0, bottom: 1, left: 2, right: 3 } }),
    [
      [1, 4, 4, 1],
      [3, 3, 1, 1],
    ],
    [1, 3, 7, 1],
  ],
  [
    'a grouped convolution',
    conv({}, 2),
    [
      [1, 4, 4, 6],
      [1, 1, 3, 4],
    ],
    [1, 4, 4, 4],
  ],
  [
    'a convolution of three axes',
    conv(),
    [
      [28, 28, 1],
      [3, 3, 1, 32],
    ],
    /\[batch, height, width, channels\], not \[28, 28, 1\]/,
  ],
  [
    'a window higher than its input',
    conv(),
    [
      [1, 2, 9, 1],
      [3, 3, 1, 1],
    ],
    /window of height 3 .* input of height 2/,
  ],
  [
    'a window wider than its input',
    conv({ dilation: [1, 4] }),
    [
      [1, 9, 8, 1],
      [3, 3, 1, 1],
    ],
    /window of width 9 .* width 8/,
  ],
  [
    'a filter of other channels',
    conv(),
    [
      [1, 4, 4, 3],
      [3, 3, 1, 2],
    ],
    /\[3, 3, 1, 2\] does not fit the input \[1, 4, 4, 3\]/,
  ],
  [
    'groups that do not divide',
    conv({}, 2),
    [
      [1, 4, 4, 3],
      [1, 1, 1, 4],
    ],
    /2 groups do not divide 3 channels and 4 filters/,
  ],

  [
    'the gradient of a convolution by its input',
    { kind: 'conv2d_input_gradient', window: plain, groups: 1, inputShape: [1, 4, 4, 2] },
    [
      [1, 2, 2, 5],
      [3, 3, 2, 5],
    ],
    [1, 4, 4, 2],
  ],
  [
    'the same for another output',
    { kind: 'conv2d_input_gradient', window: plain, groups: 1, inputShape: [1, 4, 4, 2] },
    [
      [1, 4, 4, 5],
      [3, 3, 2, 5],
    ],
    /\[1, 4, 4, 5\] in place of \[1, 2, 2, 5\]/,
  ],
  [
    'the gradient of a convolution by its filter',
    { kind: 'conv2d_filter_gradient', window: plain, groups: 1, filterShape: [3, 3, 2, 5] },
    [
      [1, 4, 4, 2],
      [1, 2, 2, 5],
    ],
    [3, 3, 2, 5],
  ],
  [
    'the same for another output',
    { kind: 'conv2d_filter_gradient', window: plain, groups: 1, filterShape: [3, 3, 2, 5] },
    [
      [1, 4, 4, 2],
      [1, 2, 2, 4],
    ],
    /\[1, 2, 2, 4\] in place of \[1, 2, 2, 5\]/,
  ],

  ['pooling', pool([2, 2], { strides: [2, 2] }), [[1, 5, 4, 3]], [1, 2, 2, 3]],
  [
    'overlapping padded pooling',
    pool([3, 3], { padding: { top: 1, bottom: 1, left: 1, right: 1 } }),
    [[1, 4, 4, 1]],
    [1, 4, 4, 1],
  ],
  ['pooling of two axes', pool([2, 2]), [[4, 4]], /\[batch, height, width, channels\], not \[4, 4\]/],
  ['pooling of a window too large', pool([5, 2]), [[1, 4, 4, 1]], /window of height 5 .* height 4/],
  ['pooling of nothing but padding', pool([2, 2], { padding: { ...none, bottom: 2 } }), [[1, 4, 4, 1]], /padding/],
  [
    'the gradient of pooling',
    { kind: 'max_pool2d_gradient', poolSize: [2, 2], window: plain },
    [
      [1, 4, 4, 1],
      [1, 3, 3, 1],
    ],
    [1, 4, 4, 1],
  ],
  [
    'the same for another output',
    { kind: 'max_pool2d_gradient', poolSize: [2, 2], window: plain },
    [
      [1, 4, 4, 1],
      [1, 2, 2, 1],
    ],
    /\[1, 2, 2, 1\] in place of \[1, 3, 3, 1\]/,
  ],

  ['a reshape', { kind: 'reshape', shape: [6, 2] }, [[3, 4]], [6, 2]],
  ['a reshape of a scalar', { kind: 'reshape', shape: [1, 1] }, [[]], [1, 1]],
  ['a reshape to another size', { kind: 'reshape', shape: [5, 2] }, [[3, 4]], /\[3, 4\] cannot be reshaped to \[5, 2\]/],
];

describe('shape rules', () => {
  it.each(rows)('%s', (_, attributes, inputs, expected) => {
    if (expected instanceof RegExp) {
      expect(() => shapeOf(attributes, ...inputs)).toThrow(expected);
      expect(() => shapeOf(attributes, ...inputs)).toThrow(ShapeError);
    } else {
      expect(shapeOf(attributes, ...inputs)).toEqual(expected);
    }
  });
});

describe('floating-point operations', () => {
  const operations = (attributes: OpAttributes, ...inputs: Shape[]): number =>
    definitionOf(attributes.kind).operations(attributes as never, inputs, shapeOf(attributes, ...inputs));

  it('count a multiplication and an addition for every weight of every output', () => {
    expect(operations(matmul(false, false), [64, 784], [784, 128])).toBe(2 * 64 * 784 * 128);
    expect(operations(matmul(true, true), [3, 2], [5, 3])).toBe(2 * 2 * 3 * 5);
    expect(operations(conv(), [64, 28, 28, 1], [3, 3, 1, 32])).toBe(2 * 64 * 26 * 26 * 32 * 9);
    expect(operations(conv({}, 2), [1, 4, 4, 6], [1, 1, 3, 4])).toBe(2 * 16 * 4 * 3);
  });

  it('are the same for both gradients of a convolution as for itself', () => {
    const forward = operations(conv(), [2, 6, 6, 3], [3, 3, 3, 4]);
    const window = plain;
    const byInput: OpAttributes = { kind: 'conv2d_input_gradient', window, groups: 1, inputShape: [2, 6, 6, 3] };
    const byFilter: OpAttributes = { kind: 'conv2d_filter_gradient', window, groups: 1, filterShape: [3, 3, 3, 4] };
    expect(operations(byInput, [2, 4, 4, 4], [3, 3, 3, 4])).toBe(forward);
    expect(operations(byFilter, [2, 6, 6, 3], [2, 4, 4, 4])).toBe(forward);
  });

  it('count the primitives of a formula, and nothing for a reshape', () => {
    expect(operations({ kind: 'map', expression: call('add', elementIndex, call('negate', input(0))), shape: [5] }, [5])).toBe(
      10,
    );
    expect(operations({ kind: 'reshape', shape: [5] }, [5, 1])).toBe(0);
  });
});

describe('shapes', () => {
  it('broadcast from the last axis', () => {
    expect(broadcastShapes([[2, 1, 4], [3, 1], []])).toEqual([2, 3, 4]);
    expect(broadcastShapes([])).toEqual([]);
    expect(() => broadcastShapes([[2, 3], [2]])).toThrow('shapes [2, 3] and [2] do not broadcast');
  });

  it('have row-major strides, 0 along broadcast axes', () => {
    expect(rowMajorStrides([2, 3, 4])).toEqual([12, 4, 1]);
    expect(broadcastStrides([3, 1], [2, 3, 4])).toEqual([0, 1, 0]);
    expect(size([2, 3, 4])).toBe(24);
    expect(size([])).toBe(1);
  });
});
