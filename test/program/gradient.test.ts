import { describe, expect, it } from 'vitest';
import { call, constant, input } from '../../src/ops/expression.js';
import { ProgramBuilder } from '../../src/program/builder.js';
import { appendGradients } from '../../src/program/gradient.js';
import { runProgram } from '../ops/run-program.js';

const add = call('add', input(0), input(1));
const multiply = call('multiply', input(0), input(1));

describe('appendGradients', () => {
  it('sums over every path from a tensor to the scalar', () => {
    const builder = new ProgramBuilder();
    const x = builder.input('x', [2]);
    // x² + 3 x², the square shared by both paths: 8 x.
    const square = builder.map(multiply, [x, builder.map(call('multiply', input(0), constant(1)), [x])]);
    const sum = builder.map(add, [square, builder.map(call('multiply', input(0), constant(3)), [square])]);
    builder.output('gradient', appendGradients(builder, builder.total(sum), [x])[0]!);
    expect(runProgram(builder.finish(), { x: [2, -1] }).output('gradient')).toEqual([16, -8]);
  });

  it('gives a parameter that two layers share the sum of its gradients', () => {
    const builder = new ProgramBuilder();
    const x = builder.input('x', [1, 2]);
    const w = builder.stateTensor('w', [2, 2]);
    const twice = builder.matmul(builder.matmul(x, w), w);
    builder.output('gradient', appendGradients(builder, builder.total(twice), [w])[0]!);
    // y = x w w; dy/dw = xᵀ (1 wᵀ) + (x w)ᵀ 1, worked out by hand for w = [[1, 2], [3, 4]] and x = [1, 1].
    const gradient = runProgram(builder.finish(), { x: [1, 1] }, { w: [1, 2, 3, 4] }).output('gradient');
    expect(gradient).toEqual([3 + 4, 7 + 4, 3 + 6, 7 + 6]);
  });

  it('gives undefined for what the scalar does not depend on', () => {
    const builder = new ProgramBuilder();
    const [x, unused] = [builder.stateTensor('x', [2]), builder.stateTensor('unused', [2])];
    const floored = builder.map(call('floor', input(0)), [builder.stateTensor('steps', [2])]);
    const scalar = builder.total(builder.map(add, [x, floored]));
    const gradients = appendGradients(builder, scalar, [x, unused, builder.stateTensor('steps', [2])]);
    expect(gradients[0]).toBeTypeOf('number');
    expect(gradients.slice(1)).toEqual([undefined, undefined]);
  });

  it('gives gradients by tensors in the middle, and 1 by the scalar itself', () => {
    const builder = new ProgramBuilder();
    const x = builder.input('x', [3]);
    const middle = builder.map(call('multiply', input(0), constant(2)), [x]);
    const scalar = builder.total(builder.map(multiply, [middle, x]));
    const [byMiddle, byScalar] = appendGradients(builder, scalar, [middle, scalar]);
    builder.output('middle', byMiddle!);
    builder.output('scalar', byScalar!);
    const run = runProgram(builder.finish(), { x: [1, 2, 3] });
    expect(run.output('middle')).toEqual([1, 2, 3]);
    expect(run.output('scalar')).toEqual([1]);
  });

  it('appends no ops for tensors that lead to no target', () => {
    const builder = new ProgramBuilder();
    const [x, w] = [builder.input('x', [2, 3]), builder.stateTensor('w', [3, 4])];
    const y = builder.matmul(x, w);
    const before = builder.opCount;
    appendGradients(builder, builder.total(y), [w]);
    const kinds = Array.from({ length: builder.opCount - before }, (_, i) => builder.opAt(before + i).attributes.kind);
    // One matrix product: the one by x, which nobody wants, is not there.
    expect(kinds.filter((kind) => kind === 'matmul')).toHaveLength(1);
  });

  it('marks gradient ops with the layer whose gradient they carry', () => {
    const builder = new ProgramBuilder();
    const w = builder.stateTensor('w', [3, 4]);
    const y = builder.within('dense_1', 'forward', () => builder.matmul(builder.input('x', [2, 3]), w));
    const gradient = appendGradients(builder, builder.total(y), [w])[0]!;
    const op = Array.from({ length: builder.opCount }, (_, i) => builder.opAt(i)).find(({ output }) => output === gradient)!;
    expect([op.scope, op.phase]).toEqual(['dense_1', 'gradient']);
  });
});

describe('stopGradient', () => {
  it('lets nothing back through the tensor', () => {
    const builder = new ProgramBuilder();
    const x = builder.input('x', [3]);
    const stopped = builder.stopGradient(builder.map(multiply, [x, builder.input('y', [3])]));
    builder.output('gradient', appendGradients(builder, builder.total(builder.map(multiply, [stopped, x])), [x])[0]!);
    // As if x y were a number: d(x y · x)/dx = x y.
    expect(runProgram(builder.finish(), { x: [1, 2, 3], y: [4, 5, 6] }).output('gradient')).toEqual([4, 10, 18]);
  });

  it('does not stop the same op where it is used without', () => {
    for (const stoppedFirst of [true, false]) {
      const builder = new ProgramBuilder();
      const x = builder.input('x', [3]);
      const largest = () => builder.reduce('maximum', x, [0]);
      const stopped = (): number => builder.stopGradient(largest());
      const operands = stoppedFirst ? [stopped(), largest()] : [largest(), stopped()].reverse();
      const product = builder.map(multiply, operands);
      builder.output('gradient', appendGradients(builder, builder.total(product), [x])[0]!);
      // max(x) as a number times max(x).
      expect(runProgram(builder.finish(), { x: [1, 3, 2] }).output('gradient')).toEqual([0, 3, 0]);
    }
  });
});
