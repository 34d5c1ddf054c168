import { describe, expect, it } from 'vitest';
import { call, input } from '../../src/ops/expression.js';
import { ProgramBuilder } from '../../src/program/builder.js';
import type { Program } from '../../src/program/program.js';
import { verify } from '../../src/program/verify.js';

/** `y = x · s; s := -s` */
function sound(): Program {
  const builder = new ProgramBuilder();
  const [x, s] = [builder.input('x', [2, 3]), builder.stateTensor('s', [3, 4])];
  builder.output('y', builder.matmul(x, s));
  builder.update('s', builder.map(call('negate', input(0)), [s]));
  return builder.finish();
}

const check = (change: (program: Program) => Partial<Program>) => () => {
  const program = sound();
  return verify({ ...program, ...change(program) }, 'a pass');
};

describe('verify', () => {
  it('gives back a sound program', () => {
    const program = sound();
    expect(verify(program, 'a pass')).toBe(program);
  });

  it('names the pass after which something is wrong', () => {
    expect(check(() => ({ ops: [] }))).toThrow(/^after a pass: /);
  });

  it('finds a tensor read before it is written', () => {
    const reading = check(({ ops, shapes }) => ({
      shapes: [...shapes, [2, 4], [2, 4]],
      ops: [
        { ...ops[1]!, attributes: { kind: 'map', expression: call('negate', input(0)), shape: [2, 4] }, inputs: [5], output: 4 },
        ...ops,
      ],
    }));
    expect(reading).toThrow('op 0 (map) reads tensor 5 before it is written');
    expect(check(({ ops }) => ({ ops: ops.slice(0, 1) }))).toThrow('the update of s is never written');
    expect(check(({ ops }) => ({ ops: ops.slice(1) }))).toThrow('output y is never written');
  });

  it('finds a tensor written twice, and an input or a state that is written', () => {
    expect(check(({ ops }) => ({ ops: [...ops, ops[0]!] }))).toThrow('op 2 (matmul) writes tensor 2 again');
    expect(check(({ ops }) => ({ ops: [{ ...ops[1]!, output: 1 }, ...ops] }))).toThrow('op 0 (map) writes tensor 1 again');
  });

  it('finds a shape that is not what the op gives', () => {
    expect(check(({ shapes }) => ({ shapes: shapes.with(2, [2, 5]) }))).toThrow(
      'op 0 (matmul) gives [2, 4], but its output is declared [2, 5]',
    );
  });

  it('finds operands that do not fit the op, and names the pass', () => {
    expect(check(({ shapes }) => ({ shapes: shapes.with(0, [2, 7]) }))).toThrow(
      /^after a pass: op 0 \(matmul\): .*\[2, 7\] and \[3, 4\]/,
    );
  });

  it('finds an update of no state, and one of another shape', () => {
    expect(check(({ updates }) => ({ updates: new Map([...updates, ['t', 2]]) }))).toThrow('t is updated but is no state');
    expect(check(() => ({ updates: new Map([['s', 2]]) }))).toThrow('the update of s has another shape');
  });
});
