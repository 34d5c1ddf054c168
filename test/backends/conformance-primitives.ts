import { call, constant, elementIndex, input } from '../../src/ops/expression.js';
import type { PrimitiveName } from '../../src/ops/primitives.js';
import { type ConformanceCase, conformanceCase, randomValues } from './conformance-case.js';

type Arguments = readonly (readonly number[])[];

const ordinary = [...randomValues('ordinary', 60).map((value) => 4 * value), 0, 1, -1, 2, -2, 0.5, -0.5];
const positive = ordinary.map(Math.abs);
const reversed = [...ordinary].reverse();
const nonZero = reversed.map((value) => (value === 0 ? 1 : value));
const equalHere = ordinary.map((value, i) => (i % 3 === 0 ? value : reversed[i]!));
const huge = [1e30, -1e30, 3e38, -3e38, 16777216, -16777215, 1e20];
const tiny = [1e-30, -1e-30, 2e-37, -1e-20, 1e-10];

/** Arguments by primitive. Each row is one tensor, so that large results do not hide errors of small ones. */
const rows: { readonly [P in Exclude<PrimitiveName, 'random_uniform'>]: readonly Arguments[] } = {
  add: [
    [ordinary, reversed],
    [huge, tiny.concat([1, 2])],
  ],
  subtract: [
    [ordinary, reversed],
    [
      huge,
      huge
        .slice()
        .reverse()
        .map((value) => value / 4),
    ],
  ],
  multiply: [
    [ordinary, reversed],
    [huge.slice(0, 4), tiny.slice(0, 4)],
  ],
  divide: [
    [ordinary, nonZero],
    [tiny, [1e-5, 1e5, 3, 7, 1e-3]],
    [
      [1, -1, 5],
      [0, 0, 0],
    ],
  ],
  negate: [[ordinary], [huge], [tiny]],
  maximum: [
    [ordinary, reversed],
    [huge, [0, 0, 1, 1, 16777215, 0, 1e21]],
    [
      [NaN, 1, NaN, 2],
      [1, NaN, NaN, 3],
    ],
  ],
  minimum: [
    [ordinary, reversed],
    [huge, [0, 0, 1, 1, 16777215, 0, 1e21]],
    [
      [NaN, 1, NaN, 2],
      [1, NaN, NaN, 3],
    ],
  ],
  absolute: [[ordinary], [huge], [tiny]],
  square_root: [[positive], [huge.map(Math.abs)], [tiny.map(Math.abs)]],
  exponential: [[ordinary], [[80, 85, 88]], [[-80, -20, -30]], [[-1000, -200, -1e30]], [[1000, 1e30]]],
  logarithm: [[positive.filter((value) => value > 0)], [[1e30, 3e38, 1e-30, 1e-37]], [[0]]],
  hyperbolic_tangent: [[ordinary], [[100, -100, 1e30, -1e30, 15, -15, 20, 9, -9, 44, 88, 89]], [[0.01, -0.02, 0.005]]],
  sigmoid: [[ordinary], [[100, -100, 1e30, -1e30, 15, -15, 20, 44, 88, 89]], [[-9, -15, -20]], [[0.01, -0.02, 0.005]]],
  error_function: [[ordinary], [[100, -100, 1e30, -1e30, 1, -1, 3.9, -4.1, 5]], [[0.01, -0.02, 0.005]]],
  floor: [[ordinary], [huge], [[0.99999994, -0.1, 8388607.5, -8388607.5]]],
  greater: [
    [ordinary, equalHere],
    [huge, tiny.concat([1, 2])],
  ],
  greater_equal: [
    [ordinary, equalHere],
    [huge, huge],
  ],
  equal: [
    [ordinary, equalHere],
    [huge, huge],
    [
      [NaN, 1],
      [1, NaN],
    ],
  ],
  select: [
    [equalHere.map((value, i) => (i % 2 === 0 ? 0 : value)), ordinary, reversed],
    [
      [0, 1, 0, -2],
      [NaN, 1, NaN, 4],
      [5, NaN, 6, NaN],
    ],
  ],
};

/** Comparisons and choices compute nothing: they must be right to the bit. */
const exact: readonly PrimitiveName[] = [
  'negate',
  'maximum',
  'minimum',
  'absolute',
  'floor',
  'greater',
  'greater_equal',
  'equal',
  'select',
];

function random(): ConformanceCase[] {
  const keys = [
    [0, 0],
    [1, 0],
    [16777215, 16777215],
    [4095, 4096],
    [123456, 7654321],
  ] as const;
  return keys.flatMap(([key0, key1]) => [
    conformanceCase(
      `random_uniform with key ${key0}, ${key1}`,
      ({ builder, tensor }) =>
        builder.map(
          call('random_uniform', elementIndex, input(0), input(1)),
          [tensor([], [key0]), tensor([], [key1])],
          [97, 103],
        ),
      { tolerance: 0 },
    ),
    conformanceCase(
      `random_uniform of far elements with key ${key0}, ${key1}`,
      ({ builder, tensor }) =>
        builder.map(
          call('random_uniform', call('subtract', constant(16777215), elementIndex), input(0), input(1)),
          [tensor([], [key0]), tensor([], [key1])],
          [500],
        ),
      { tolerance: 0 },
    ),
  ]);
}

/** `equal(subtract(x, x), 0)` is how programs ask whether x is finite: 1 for finite numbers, 0 for infinities and NaN. */
function finite(): ConformanceCase {
  return conformanceCase(
    'a test for finite numbers',
    ({ builder, tensor }) =>
      builder.map(call('equal', call('subtract', input(0), input(0)), constant(0)), [
        tensor([7], [NaN, Infinity, -Infinity, 0, 1, -3e38, 1e-30]),
      ]),
    { tolerance: 0 },
  );
}

/** Every primitive, with ordinary and extreme arguments. */
export const primitiveCases: readonly ConformanceCase[] = [
  ...(Object.keys(rows) as (keyof typeof rows)[]).flatMap((primitive) =>
    rows[primitive].map((args, row) =>
      conformanceCase(
        `${primitive}, row ${row + 1}`,
        ({ builder, tensor }) =>
          builder.map(
            call(primitive, ...args.map((_, i) => input(i))),
            args.map((values) => tensor([values.length], values)),
          ),
        exact.includes(primitive) ? { tolerance: 0 } : {},
      ),
    ),
  ),
  ...random(),
  finite(),
];
