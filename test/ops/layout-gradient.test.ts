import { describe, expect, it } from 'vitest';
import type { Window2d } from '../../src/ops/op.js';
import { type Build, normal } from './run-program.js';
import { gradientError } from './check-gradient.js';
import type { Shape } from '../../src/shape.js';
import { call, constant, input } from '../../src/ops/expression.js';

/** These ops are linear: a long step leaves little rounding and no truncation error. */
const error = (build: Build, ...shapes: Shape[]): number =>
  gradientError(
    build,
    shapes.map((shape, i) => normal(shape, 9 + i)),
    1e-2,
  );

const window: Window2d = { strides: [2, 1], dilation: [1, 2], padding: { top: 1, bottom: 0, left: 1, right: 1 } };
const times = (factor: number) => call('multiply', input(0), constant(factor));

describe('gradients of ops that move elements, against central differences', () => {
  it.each<[string, Build, Shape[]]>([
    ['transpose', (b, [x]) => b.transpose(x!, [2, 0, 1]), [[2, 3, 4]]],
    ['slice', (b, [x]) => b.slice(x!, 1, 1, 2), [[2, 4, 3]]],
    ['pad', (b, [x]) => b.pad(x!, [0, 2, 1], [1, 0, 0]), [[2, 2, 3]]],
    [
      'concatenate',
      (b, [x, y]) => b.concatenate([x!, y!, x!], 1),
      [
        [2, 2, 3],
        [2, 1, 3],
      ],
    ],
    ['gather', (b, [table]) => b.gather(table!, b.map(call('floor', times(0.5)), [b.map(constant(3.9), [], [2, 3])])), [[4, 3]]],
    [
      'all slices of a tensor',
      (b, [x]) =>
        b.concatenate(
          [3, 0, 2, 1].map((at) => b.map(times(at + 1), [b.slice(x!, 0, at, 1)])),
          0,
        ),
      [[4, 3]],
    ],
    ['slices with gaps', (b, [x]) => b.concatenate([b.slice(x!, 1, 5, 1), b.slice(x!, 1, 1, 2)], 1), [[2, 7]]],
    ['slices that overlap', (b, [x]) => b.concatenate([b.slice(x!, 1, 0, 2), b.slice(x!, 1, 1, 2)], 1), [[2, 4]]],
    [
      'slices along two axes',
      (b, [x]) => b.concatenate([b.slice(b.slice(x!, 0, 0, 2), 1, 0, 1), b.slice(b.slice(x!, 1, 0, 1), 0, 1, 2)], 0),
      [[3, 3]],
    ],
    ['a slice and the whole', (b, [x]) => b.map(call('add', input(0), input(1)), [x!, b.slice(x!, 0, 1, 1)]), [[3, 2]]],
    ...[false, true].map((countPadding): [string, Build, Shape[]] => [
      `average_pool2d, padding ${countPadding ? '' : 'not '}counted`,
      (b, [x]) => b.add({ kind: 'average_pool2d', poolSize: [2, 2], window, countPadding }, [x!]),
      [[2, 5, 4, 2]],
    ]),
    [
      'a transposed convolution',
      (b, [y, filter]) => b.add({ kind: 'conv2d_input_gradient', window, groups: 2, inputShape: [2, 4, 5, 4] }, [y!, filter!]),
      [
        [2, 2, 5, 6],
        [2, 2, 2, 6],
      ],
    ],
  ])('%s', (_, build, shapes) => {
    expect(error(build, ...shapes)).toBeLessThan(1e-10);
  });

  it('weights, biases and inputs that every time step reads', () => {
    const build: Build = (b, [x, w, bias, start]) => {
      let h = start!;
      const all = [0, 1, 2, 3].map((t) => {
        const z = b.map(call('add', call('add', input(0), input(1)), input(2)), [
          b.reshape(b.slice(x!, 0, t, 1), [2, 3]),
          b.matmul(h, w!),
          bias!,
        ]);
        h = b.map(call('hyperbolic_tangent', input(0)), [z]);
        return h;
      });
      return b.concatenate(all, 0);
    };
    const operands = [[4, 2, 3], [3, 3], [3], [2, 3]].map((shape, i) => normal(shape, i));
    expect(gradientError(build, operands)).toBeLessThan(1e-8);
  });
});
