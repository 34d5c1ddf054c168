import { call, input } from '../../src/ops/expression.js';
import type { Window2d } from '../../src/ops/op.js';
import type { Shape } from '../../src/shape.js';
import { type ConformanceCase, conformanceCase } from './conformance-case.js';

const exact = { tolerance: 0 };
const text = JSON.stringify;

function transposes(): ConformanceCase[] {
  const settings: [Shape, number[]][] = [
    [[5], [0]],
    [
      [3, 7],
      [1, 0],
    ],
    [
      [2, 3, 5],
      [0, 2, 1],
    ],
    [
      [2, 3, 5],
      [2, 0, 1],
    ],
    [
      [2, 5, 4, 8],
      [0, 2, 1, 3],
    ],
    [
      [4, 3, 2, 5],
      [3, 2, 1, 0],
    ],
    [
      [2, 1, 3, 1, 4],
      [4, 0, 3, 2, 1],
    ],
    [
      [33, 70],
      [1, 0],
    ],
  ];
  return settings.map(([shape, axes]) =>
    conformanceCase(
      `transpose ${text(shape)} by ${text(axes)}`,
      ({ builder, tensor }) => builder.add({ kind: 'transpose', axes }, [tensor(shape)]),
      exact,
    ),
  );
}

function slices(): ConformanceCase[] {
  const settings: [Shape, starts: number[], shape: number[]][] = [
    [[5], [2], [1]],
    [[5], [0], [5]],
    [
      [6, 7],
      [2, 0],
      [3, 7],
    ],
    [
      [6, 7],
      [0, 3],
      [6, 4],
    ],
    [
      [3, 5, 8],
      [1, 2, 3],
      [2, 2, 5],
    ],
    [
      [3, 5, 8],
      [0, 4, 0],
      [3, 1, 8],
    ],
    [
      [2, 3, 4, 5],
      [0, 1, 1, 2],
      [2, 2, 2, 3],
    ],
  ];
  return settings.flatMap(([whole, starts, shape]) => [
    conformanceCase(
      `slice ${text(shape)} of ${text(whole)} at ${text(starts)}`,
      ({ builder, tensor }) => builder.add({ kind: 'slice', starts, shape }, [tensor(whole)]),
      exact,
    ),
    conformanceCase(
      `pad ${text(shape)} to ${text(whole)} at ${text(starts)}`,
      ({ builder, tensor }) =>
        builder.add({ kind: 'pad', before: starts, after: whole.map((n, i) => n - starts[i]! - shape[i]!) }, [tensor(shape)]),
      exact,
    ),
  ]);
}

function joins(): ConformanceCase[] {
  const settings: [axis: number, Shape[]][] = [
    [0, [[3]]],
    [0, [[3], [1], [4]]],
    [
      0,
      [
        [2, 3],
        [1, 3],
        [4, 3],
      ],
    ],
    [
      1,
      [
        [2, 3],
        [2, 1],
        [2, 4],
      ],
    ],
    [
      1,
      [
        [2, 3, 5],
        [2, 2, 5],
      ],
    ],
    [
      2,
      [
        [2, 3, 5],
        [2, 3, 1],
      ],
    ],
    [3, Array.from({ length: 9 }, (_, i) => [2, 3, 1, i + 1])],
    [0, Array.from({ length: 14 }, () => [4, 6])],
  ];
  return settings.map(([axis, shapes]) =>
    conformanceCase(
      `concatenate ${text(shapes)} along ${axis}`,
      ({ builder, tensor }) =>
        builder.add(
          { kind: 'concatenate', axis },
          shapes.map((shape) => tensor(shape)),
        ),
      exact,
    ),
  );
}

function tables(): ConformanceCase[] {
  const settings: [rows: number, width: number, Shape][] = [
    [1, 1, []],
    [5, 3, [4]],
    [7, 16, [3, 5]],
    [11, 37, [2, 3, 4]],
    [3, 40, [50]],
    [7, 21, [9, 150]],
    [600, 3, [1100]],
  ];
  return settings.flatMap(([rows, width, shape]) => {
    const count = shape.reduce((a, b) => a * b, 1);
    const indices = Array.from({ length: count }, (_, i) => (i * i + 3 * i) % rows);
    return [
      conformanceCase(
        `gather ${text(shape)} of ${rows} rows of ${width}`,
        ({ builder, tensor }) => builder.gather(tensor([rows, width]), tensor(shape, indices)),
        exact,
      ),
      conformanceCase(`scatter_add ${text(shape)} to ${rows} rows of ${width}`, ({ builder, tensor }) =>
        builder.add({ kind: 'scatter_add', rows }, [tensor(shape, indices), tensor([...shape, width])]),
      ),
    ];
  });
}

function averages(): ConformanceCase[] {
  const window = (
    strides: [number, number],
    [top, bottom, left, right] = [0, 0, 0, 0],
    dilation: [number, number] = [1, 1],
  ): Window2d => ({
    strides,
    dilation,
    padding: { top: top!, bottom: bottom!, left: left!, right: right! },
  });
  const settings: [Shape, [number, number], Window2d][] = [
    [[1, 1, 1, 1], [1, 1], window([1, 1])],
    [[2, 6, 4, 3], [2, 2], window([2, 2])],
    [[3, 7, 5, 8], [2, 3], window([2, 1], [1, 0, 1, 2])],
    [[2, 9, 8, 5], [3, 2], window([1, 3], [1, 1, 0, 1], [2, 3])],
    [[2, 5, 5, 4], [5, 5], window([1, 1])],
  ];
  return settings.flatMap(([x, poolSize, w]) =>
    [false, true].flatMap((countPadding) => {
      const name = text({ x, poolSize, ...w, countPadding });
      return [
        conformanceCase(`average_pool2d ${name}`, ({ builder, tensor }) =>
          builder.add({ kind: 'average_pool2d', poolSize, window: w, countPadding }, [tensor(x)]),
        ),
        conformanceCase(`average_pool2d_gradient ${name}`, ({ builder, tensor }) => {
          const pooled = builder.add({ kind: 'average_pool2d', poolSize, window: w, countPadding }, [tensor(x)]);
          const attributes = { kind: 'average_pool2d_gradient', poolSize, window: w, countPadding, inputShape: x } as const;
          return builder.add(attributes, [tensor(builder.shapeOf(pooled))]);
        }),
      ];
    }),
  );
}

/** Copies of copies, reshaped in between: what passes between kernels must not depend on how it is cut into units. */
function chains(): ConformanceCase[] {
  return [
    conformanceCase('heads cut apart and joined again', ({ builder, tensor }) => {
      const heads = builder.transpose(builder.reshape(tensor([3, 5, 8]), [3, 5, 2, 4]), [0, 2, 1, 3]);
      const doubled = builder.map(call('add', input(0), input(0)), [heads]);
      return builder.reshape(builder.transpose(doubled, [0, 2, 1, 3]), [15, 8]);
    }),
    conformanceCase('time steps, each from the one before', ({ builder, tensor }) => {
      const x = builder.transpose(tensor([6, 4, 8]), [1, 0, 2]);
      const w = tensor([8, 8]);
      let h = tensor([6, 8]);
      const all = [0, 1, 2, 3].map((t) => {
        const sum = builder.map(call('add', input(0), input(1)), [
          builder.reshape(builder.slice(x, 0, t, 1), [6, 8]),
          builder.matmul(h, w),
        ]);
        h = builder.map(call('hyperbolic_tangent', input(0)), [sum]);
        return builder.reshape(h, [1, 6, 8]);
      });
      return builder.transpose(builder.concatenate(all, 0), [1, 0, 2]);
    }),
    conformanceCase('a gathered row of each index, sliced and padded', ({ builder, tensor }) => {
      const rows = builder.gather(tensor([5, 6]), tensor([2, 3], [0, 4, 2, 2, 1, 0]));
      return builder.pad(builder.slice(rows, 2, 1, 4), [0, 1, 0], [1, 0, 2]);
    }),
  ];
}

/** Ops that move elements, and pooling by means. */
export const layoutCases: { readonly [kind: string]: readonly ConformanceCase[] } = {
  transpose: transposes(),
  slice: slices(),
  concatenate: joins(),
  table: tables(),
  average: averages(),
  'copies in a row': chains(),
};
