import { describe, expect, it } from 'vitest';
import { ProgramBuilder } from '../../src/program/builder.js';
import { appendGradients } from '../../src/program/gradient.js';
import { type Build, runOp, runProgram } from './run-program.js';

const none = { top: 0, bottom: 0, left: 0, right: 0 };
const plain = { strides: [1, 1], dilation: [1, 1], padding: none } as const;

function gradientOfTotal(build: Build, shape: number[], values: number[]): number[] {
  const builder = new ProgramBuilder();
  const x = builder.input('x', shape);
  const total = builder.total(build(builder, [x]));
  builder.output('gradient', appendGradients(builder, total, [x])[0]!);
  return runProgram(builder.finish(), { x: values }).output('gradient');
}

describe('equal largest values', () => {
  it('of a pooling window: the first in row order gets the gradient, as in PyTorch', () => {
    const pool = { kind: 'max_pool2d', poolSize: [2, 2], window: plain } as const;
    expect(gradientOfTotal((b, [x]) => b.add(pool, [x!]), [1, 2, 2, 1], [1, 7, 7, 7])).toEqual([0, 1, 0, 0]);
    expect(gradientOfTotal((b, [x]) => b.add(pool, [x!]), [1, 2, 3, 1], [5, 5, 5, 5, 5, 5])).toEqual([1, 1, 0, 0, 0, 0]);
  });

  it("of a reduction share the gradient, as in PyTorch's amax", () => {
    const gradient = gradientOfTotal((b, [x]) => b.reduce('maximum', x!, [1]), [2, 3], [1, 4, 4, 2, 0, 1]);
    expect(gradient).toEqual([0, 0.5, 0.5, 1, 0, 0]);
  });
});

describe('padding', () => {
  const window = { ...plain, padding: { top: 1, bottom: 0, left: 1, right: 0 } };

  it('is zeros to a convolution', () => {
    const x = { shape: [1, 2, 2, 1], values: [-1, -2, -3, -4] };
    const filter = { shape: [2, 2, 1, 1], values: [1, 1, 1, 1] };
    expect(runOp({ kind: 'conv2d', window, groups: 1 }, [x, filter]).values).toEqual([-1, -3, -4, -10]);
  });

  it('is nothing to pooling, not zeros: the largest of negative numbers stays negative', () => {
    const x = { shape: [1, 2, 2, 1], values: [-1, -2, -3, -4] };
    expect(runOp({ kind: 'max_pool2d', poolSize: [2, 2], window }, [x]).values).toEqual([-1, -1, -1, -1]);
  });
});
