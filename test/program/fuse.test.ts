import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { call, constant, countCalls, elementIndex, input } from '../../src/ops/expression.js';
import { ProgramBuilder } from '../../src/program/builder.js';
import { fuseMaps, withoutDeadOps } from '../../src/program/fuse.js';
import { appendGradients } from '../../src/program/gradient.js';
import { optimize } from '../../src/program/optimize.js';
import type { Program } from '../../src/program/program.js';
import { verify } from '../../src/program/verify.js';
import { runProgram } from '../ops/run-program.js';
import { randomProgram } from './random-program.js';

const add = call('add', input(0), input(1));
const negate = call('negate', input(0));
const kinds = (program: Program) => program.ops.map(({ attributes }) => attributes.kind);
const primitiveCalls = (program: Program) =>
  program.ops.reduce((sum, { attributes }) => sum + (attributes.kind === 'map' ? countCalls(attributes.expression) : 0), 0);

describe('the passes', () => {
  it('change no value, and keep within seven operands and the calls there were', () => {
    let [fusedOps, ops] = [0, 0];
    fc.assert(
      fc.property(fc.nat(2 ** 31), (key) => {
        const { program, inputs, states } = randomProgram(key);
        const optimized = optimize(program);
        const [before, after] = [runProgram(program, inputs, states), runProgram(optimized, inputs, states)];
        // The same operations in the same order: equal to the last bit (but for the sign of a zero).
        for (const name of program.outputs.keys()) {
          expect(after.output(name).map((v) => v + 0)).toEqual(before.output(name).map((v) => v + 0));
        }
        expect(after.state('t7').map((v) => v + 0)).toEqual(before.state('t7').map((v) => v + 0));
        for (const { attributes, inputs } of optimized.ops)
          if (attributes.kind === 'map') expect(inputs.length).toBeLessThanOrEqual(7);
        const live = withoutDeadOps(program);
        expect(primitiveCalls(optimized)).toBeLessThanOrEqual(primitiveCalls(live));
        fusedOps += optimized.ops.length;
        ops += live.ops.length;
      }),
      { seed: 6, numRuns: 500 },
    );
    // That the programs give the pass something to do.
    expect(fusedOps).toBeLessThan(0.8 * ops);
  });
});

describe('withoutDeadOps', () => {
  it('drops what reaches neither an output nor an update', () => {
    const builder = new ProgramBuilder();
    const [x, s] = [builder.input('x', [2, 2]), builder.stateTensor('s', [2, 2])];
    builder.matmul(builder.matmul(x, x), s);
    builder.output('y', builder.reduce('sum', x, [0]));
    builder.update('s', builder.matmul(x, s, { transposeA: true }));
    expect(kinds(withoutDeadOps(builder.finish()))).toEqual(['reduce', 'matmul']);
  });
});

describe('fuseMaps', () => {
  it('makes one op of a chain', () => {
    const builder = new ProgramBuilder();
    const x = builder.input('x', [3]);
    builder.output(
      'y',
      builder.map(call('exponential', input(0)), [builder.map(negate, [builder.map(add, [x, builder.input('b', [])])])]),
    );
    expect(fuseMaps(builder.finish()).ops).toHaveLength(1);
  });

  it('keeps what two ops read, what is an output, and what has another shape', () => {
    const builder = new ProgramBuilder();
    const x = builder.input('x', [3]);
    const shared = builder.map(call('exponential', input(0)), [x]);
    const shown = builder.map(call('logarithm', input(0)), [x]);
    const small = builder.map(call('exponential', input(0)), [builder.input('s', [1])]);
    builder.output('shown', shown);
    builder.output('a', builder.map(negate, [shared]));
    builder.output('b', builder.map(call('absolute', input(0)), [shared]));
    builder.output('c', builder.map(negate, [shown]));
    builder.output('d', builder.map(add, [x, small]));
    expect(fuseMaps(builder.finish()).ops).toHaveLength(7);
  });

  it('keeps phases apart, so that what a gradient costs can be told', () => {
    const builder = new ProgramBuilder();
    const y = builder.within('a', 'forward', () => builder.map(negate, [builder.input('x', [3])]));
    builder.output(
      'z',
      builder.within('a', 'gradient', () => builder.map(call('exponential', input(0)), [y])),
    );
    expect(fuseMaps(builder.finish()).ops).toHaveLength(2);
  });

  it('reads positions in the shape they were meant for', () => {
    const builder = new ProgramBuilder();
    const counted = builder.map(call('multiply', elementIndex, constant(1)), [], [1, 3]);
    builder.output('y', builder.map(add, [builder.input('x', [2, 3]), counted]));
    expect(runProgram(fuseMaps(builder.finish()), { x: [0, 0, 0, 0, 0, 0] }).output('y')).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('stops at seven operands', () => {
    const builder = new ProgramBuilder();
    let sum = builder.input('x0', [2]);
    for (let i = 1; i < 20; i++) sum = builder.map(add, [sum, builder.input(`x${i}`, [2])]);
    builder.output('y', sum);
    const fused = verify(fuseMaps(builder.finish()), 'test');
    expect(fused.ops.map(({ inputs }) => inputs.length)).toEqual([7, 7, 7, 2]);
  });

  it('removes copies and repetitions, in whatever shape they are read', () => {
    const builder = new ProgramBuilder();
    const largest = builder.stopGradient(builder.reduce('maximum', builder.input('x', [2, 3]), [1]));
    const repeated = builder.map(input(0), [builder.reduce('sum', builder.input('x', [2, 3]), [1])], [2, 2]);
    builder.output('y', builder.map(call('subtract', input(0), input(1)), [builder.input('x', [2, 3]), largest]));
    builder.output('z', builder.map(add, [builder.input('w', [2, 2, 2]), repeated]));
    const optimized = optimize(builder.finish());
    expect(kinds(optimized)).toEqual(['reduce', 'reduce', 'map', 'map']);
    expect(runProgram(optimized, { x: [1, 2, 3, 6, 5, 4], w: new Array(8).fill(0) }).output('z')).toEqual([
      6, 6, 15, 15, 6, 6, 15, 15,
    ]);
  });

  it('removes the copy that a bias makes of its gradient', () => {
    const builder = new ProgramBuilder();
    const [w, b] = [builder.stateTensor('w', [3, 2]), builder.stateTensor('b', [2])];
    const y = builder.map(add, [builder.matmul(builder.input('x', [4, 3]), w), b]);
    const loss = builder.total(builder.map(call('multiply', input(0), input(0)), [y]));
    appendGradients(builder, loss, [w, b]).forEach((gradient, i) => builder.output(`gradient${i}`, gradient!));
    const copies = optimize(builder.finish()).ops.filter(({ attributes, inputs, output }) => {
      const isInput = attributes.kind === 'map' && attributes.expression.kind === 'input';
      return isInput && builder.shapeOf(inputs[0]!).join() === builder.shapeOf(output).join();
    });
    expect(copies).toEqual([]);
  });

  it('does not compute twice what a formula reads twice', () => {
    const builder = new ProgramBuilder();
    const power = builder.map(call('exponential', input(0)), [builder.input('x', [3])]);
    builder.output('y', builder.map(call('multiply', input(0), input(0)), [power]));
    expect(primitiveCalls(optimize(builder.finish()))).toBe(2);
  });

  it('does not compute twice what a stopped gradient lets two ops read', () => {
    const builder = new ProgramBuilder();
    const powers = builder.stopGradient(builder.map(call('exponential', input(0)), [builder.input('x', [3])]));
    builder.output('a', builder.map(negate, [powers]));
    builder.output('b', builder.map(call('absolute', input(0)), [powers]));
    expect(primitiveCalls(optimize(builder.finish()))).toBe(3);
  });
});
