import { describe, expect, it } from 'vitest';
import { call, constant, elementIndex, input } from '../../src/ops/expression.js';
import { ProgramBuilder } from '../../src/program/builder.js';
import { ShapeError } from '../../src/shape.js';
import { runProgram } from '../ops/run-program.js';

const add = call('add', input(0), input(1));

describe('ProgramBuilder', () => {
  it('finds the same op with the same operands', () => {
    const builder = new ProgramBuilder();
    const [a, b] = [builder.input('a', [2, 2]), builder.input('b', [2, 2])];
    expect(builder.map(add, [a, b])).toBe(builder.map(add, [a, b]));
    expect(builder.matmul(a, b)).toBe(builder.matmul(a, b));
    expect(builder.reduce('sum', a, [1])).toBe(builder.reduce('sum', a, [1]));
    expect(builder.opCount).toBe(3);
  });

  it('finds a formula again under other input numbers', () => {
    const builder = new ProgramBuilder();
    const [a, b] = [builder.input('a', [2]), builder.input('b', [2])];
    expect(builder.map(add, [a, b])).toBe(builder.map(call('add', input(1), input(0)), [b, a]));
    expect(builder.map(call('negate', input(1)), [a, b])).toBe(builder.map(call('negate', input(0)), [b]));
    expect(builder.opCount).toBe(2);
  });

  it('tells ops apart that differ in anything', () => {
    const builder = new ProgramBuilder();
    const [a, b] = [builder.input('a', [2, 2]), builder.input('b', [2, 2])];
    const ids = [
      builder.map(add, [a, b]),
      builder.map(call('add', input(1), input(0)), [a, b]),
      builder.map(add, [a, b], [3, 2, 2]),
      builder.map(call('add', input(0), constant(1)), [a]),
      builder.map(call('add', input(0), constant(2)), [a]),
      builder.map(call('add', input(0), elementIndex), [a]),
      builder.matmul(a, b),
      builder.matmul(a, b, { transposeA: true }),
      builder.matmul(b, a),
      builder.reduce('sum', a, [0]),
      builder.reduce('sum', a, [0, 1]),
      builder.reduce('maximum', a, [0]),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('reads only the operands a formula needs, each once', () => {
    const builder = new ProgramBuilder();
    const [a, b, c] = [builder.input('a', [2]), builder.input('b', [2]), builder.input('c', [2])];
    builder.map(call('multiply', input(2), call('add', input(2), input(0))), [a, b, a]);
    builder.map(call('add', input(0), input(2)), [c, b, a]);
    expect([builder.opAt(0).inputs, builder.opAt(1).inputs]).toEqual([[a], [c, a]]);
  });

  it('makes no op of a reshape to the same shape or a reduction over nothing', () => {
    const builder = new ProgramBuilder();
    const a = builder.input('a', [2, 3]);
    expect(builder.reshape(a, [2, 3])).toBe(a);
    expect(builder.reduce('sum', a, [])).toBe(a);
    expect(builder.opCount).toBe(0);
  });

  it('gives the same input and state for the same name, and refuses another shape', () => {
    const builder = new ProgramBuilder();
    expect(builder.input('x', [2])).toBe(builder.input('x', [2]));
    expect(builder.stateTensor('x', [3])).toBe(builder.stateTensor('x', [3]));
    expect(() => builder.input('x', [3])).toThrow('x is used with two shapes');
    expect(() => builder.stateTensor('x', [2])).toThrow('x is used with two shapes');
  });

  it('checks shapes at once', () => {
    const builder = new ProgramBuilder();
    const [a, b] = [builder.input('a', [2, 3]), builder.stateTensor('b', [2, 2])];
    expect(() => builder.matmul(a, b)).toThrow(ShapeError);
    expect(() => builder.map(add, [a, b])).toThrow(ShapeError);
    expect(() => builder.update('b', a)).toThrow('the update of b has another shape');
  });

  it('restores the scope when a body fails', () => {
    const builder = new ProgramBuilder();
    const fail = (): never => {
      throw new Error('inside');
    };
    expect(() => builder.within('layer', 'gradient', fail)).toThrow('inside');
    builder.map(add, [builder.input('a', [2]), builder.input('b', [2])]);
    expect([builder.opAt(0).scope, builder.opAt(0).phase]).toEqual(['', 'forward']);
  });

  it('computes totals and means', () => {
    const builder = new ProgramBuilder();
    const x = builder.input('x', [2, 2]);
    builder.output('total', builder.total(x));
    builder.output('halved', builder.total(x, 0.5));
    builder.output('mean', builder.mean(x));
    const run = runProgram(builder.finish(), { x: [1, 2, 3, 6] });
    expect(['total', 'halved', 'mean'].map((name) => run.output(name))).toEqual([[12], [6], [3]]);
  });

  it('draws other random numbers for another purpose, element and key', () => {
    const builder = new ProgramBuilder();
    builder.output('a', builder.randomUniform('dropout_1', [100]));
    builder.output('again', builder.randomUniform('dropout_1', [100]));
    builder.output('b', builder.randomUniform('dropout_2', [100]));
    const program = builder.finish();
    expect(program.random.map(({ purpose }) => purpose)).toEqual(['dropout_1', 'dropout_2']);
    expect([...program.inputs.keys()]).toEqual([
      'random/dropout_1/0',
      'random/dropout_1/1',
      'random/dropout_2/0',
      'random/dropout_2/1',
    ]);
    const keys = (a: number, b: number) => ({
      'random/dropout_1/0': [a],
      'random/dropout_1/1': [0],
      'random/dropout_2/0': [b],
      'random/dropout_2/1': [0],
    });
    const run = runProgram(program, keys(5, 6));
    expect(run.output('again')).toEqual(run.output('a'));
    expect(new Set([...run.output('a'), ...run.output('b')]).size).toBeGreaterThan(195);
    expect(runProgram(program, keys(7, 5)).output('b')).toEqual(run.output('a'));
  });
});
