import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Window2d } from '../../src/ops/op.js';
import { axisIndex, call, constant, elementIndex, input } from '../../src/ops/expression.js';
import { gradientError } from './check-gradient.js';
import { distinct, normal } from './run-program.js';

/** Ops linear in each operand have no truncation error: a long step leaves little rounding. */
const linear = { step: 1e-2, bound: 1e-10 };
const key = fc.nat(2 ** 31);
const length = fc.integer({ min: 1, max: 4 });
const run = { seed: 3, numRuns: 40 };

const window = fc.record<Window2d>({
  strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  dilation: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 3 })),
  padding: fc.record({ top: fc.nat(2), bottom: fc.nat(2), left: fc.nat(2), right: fc.nat(2) }),
});
const kernel = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }));

/** An input just large enough for the window, and a bit more, so that rows may be left over at the end. */
function inputSize(k: readonly number[], { dilation, padding }: Window2d, extra: readonly number[]): [number, number] {
  const least = [padding.top + padding.bottom, padding.left + padding.right].map(
    (pad, i) => dilation[i]! * (k[i]! - 1) + 1 - pad,
  );
  return [Math.max(1, least[0]!) + extra[0]!, Math.max(1, least[1]!) + extra[1]!];
}

describe('gradients against central differences', () => {
  it('map: smooth formulas with every way of broadcasting', () => {
    const operand = fc.constantFrom([2, 3, 4], [1, 3, 4], [2, 1, 4], [2, 3, 1], [3, 4], [1, 4], [3, 1], [4], [1], [], [1, 1, 1]);
    const formula = call(
      'add',
      call('multiply', call('hyperbolic_tangent', input(0)), call('exponential', call('hyperbolic_tangent', input(1)))),
      call('divide', input(2), call('add', constant(2), call('multiply', input(1), input(1)))),
    );
    fc.assert(
      fc.property(operand, operand, operand, key, (a, b, c, key) => {
        const operands = [a, b, c].map((shape, i) => normal(shape, key + i));
        expect(gradientError((builder, ids) => builder.map(formula, ids), operands)).toBeLessThan(1e-8);
        // To a shape beyond what the operands need.
        expect(gradientError((builder, ids) => builder.map(formula, ids, [2, 2, 3, 4]), operands)).toBeLessThan(1e-8);
      }),
      { seed: 4, numRuns: 25 },
    );
  });

  it('map: one tensor under two inputs, and positions as factors', () => {
    const product = call('multiply', call('multiply', input(0), input(1)), call('add', axisIndex(1), elementIndex));
    const error = gradientError((builder, [x]) => builder.map(product, [x!, x!]), [normal([2, 3], 5)]);
    expect(error).toBeLessThan(1e-8);
  });

  it('reduce: sums and maxima over any axes', () => {
    const axes = fc.subarray([0, 1, 2], { minLength: 1 });
    fc.assert(
      fc.property(
        fc.tuple(length, length, length),
        axes,
        fc.constantFrom('sum', 'maximum'),
        key,
        (shape, axes, reduction, key) => {
          const x = distinct(shape, key);
          const step = reduction === 'sum' ? linear.step : 1e-3;
          expect(gradientError((builder, [x]) => builder.reduce(reduction, x!, axes), [x], step)).toBeLessThan(linear.bound);
        },
      ),
      run,
    );
  });

  it('matmul: with both transposes, with and without leading axes', () => {
    fc.assert(
      fc.property(
        fc.tuple(length, length, length),
        fc.constantFrom([], [2], [2, 1], [1, 3]),
        fc.boolean(),
        fc.boolean(),
        key,
        ([m, k, n], leading, transposeA, transposeB, key) => {
          const a = normal([...leading, ...(transposeA ? [k, m] : [m, k])], key);
          const b = normal([...leading, ...(transposeB ? [n, k] : [k, n])], key + 1);
          const error = gradientError(
            (builder, [a, b]) => builder.matmul(a!, b!, { transposeA, transposeB }),
            [a, b],
            linear.step,
          );
          expect(error).toBeLessThan(linear.bound);
        },
      ),
      run,
    );
  });

  it('matmul: a matrix times itself', () => {
    const error = gradientError((builder, [a]) => builder.matmul(a!, a!, { transposeB: true }), [normal([3, 3], 1)], linear.step);
    expect(error).toBeLessThan(linear.bound);
  });

  it('conv2d: strides, dilation, unequal padding, groups', () => {
    fc.assert(
      fc.property(
        kernel,
        window,
        fc.tuple(fc.nat(3), fc.nat(3)),
        fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 3 })),
        fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
        key,
        (k, window, extra, [batch, groups], [channels, filters], key) => {
          const x = normal([batch, ...inputSize(k, window, extra), channels * groups], key);
          const filter = normal([...k, channels, filters * groups], key + 1);
          const error = gradientError(
            (builder, [x, filter]) => builder.add({ kind: 'conv2d', window, groups }, [x!, filter!]),
            [x, filter],
            linear.step,
          );
          expect(error).toBeLessThan(linear.bound);
        },
      ),
      run,
    );
  });

  it('max_pool2d: strides, dilation, padding, overlapping windows', () => {
    fc.assert(
      fc.property(kernel, window, fc.tuple(fc.nat(4), fc.nat(4)), key, (poolSize, window, extra, key) => {
        // Padding as wide as the window would leave a window of nothing.
        const [down, across] = [poolSize[0] - 1, poolSize[1] - 1];
        const { top, bottom, left, right } = window.padding;
        const fitted = {
          ...window,
          dilation: [1, 1] as const,
          padding: {
            top: Math.min(top, down),
            bottom: Math.min(bottom, down),
            left: Math.min(left, across),
            right: Math.min(right, across),
          },
        };
        const x = distinct([2, ...inputSize(poolSize, fitted, extra), 2], key);
        const pool = { kind: 'max_pool2d', poolSize, window: fitted } as const;
        expect(gradientError((builder, [x]) => builder.add(pool, [x!]), [x], 1e-3)).toBeLessThan(linear.bound);
      }),
      run,
    );
  });

  it('reshape, between ops that see the axes', () => {
    const error = gradientError(
      (builder, [x]) =>
        builder.reduce('sum', builder.map(call('multiply', input(0), input(0)), [builder.reshape(x!, [3, 4])]), [1]),
      [normal([2, 6], 9)],
    );
    expect(error).toBeLessThan(1e-8);
  });

  it('chains of ops: a convolution, pooling, a product, a softmax', () => {
    const window: Window2d = { strides: [1, 1], dilation: [1, 1], padding: { top: 1, bottom: 1, left: 1, right: 1 } };
    const half: Window2d = { strides: [2, 2], dilation: [1, 1], padding: { top: 0, bottom: 0, left: 0, right: 0 } };
    const error = gradientError(
      (builder, [x, filter, bias, weights]) => {
        const y = builder.map(call('hyperbolic_tangent', call('add', input(0), input(1))), [
          builder.add({ kind: 'conv2d', window, groups: 1 }, [x!, filter!]),
          bias!,
        ]);
        const pooled = builder.add({ kind: 'max_pool2d', poolSize: [2, 2], window: half }, [y]);
        const logits = builder.matmul(builder.reshape(pooled, [2, 12]), weights!);
        const powers = builder.map(call('exponential', input(0)), [logits]);
        return builder.map(call('divide', input(0), input(1)), [powers, builder.reduce('sum', powers, [1])]);
      },
      [normal([2, 4, 4, 2], 11), normal([3, 3, 2, 3], 12), normal([3], 13), normal([12, 4], 14)],
      1e-6,
    );
    expect(error).toBeLessThan(1e-7);
  });
});
