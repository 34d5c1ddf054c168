import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CpuBackend } from '../../src/backends/cpu/cpu.js';
import { lower } from '../../src/backends/cpu/lower.js';
import { call, constant, input } from '../../src/ops/expression.js';
import type { TensorId } from '../../src/ops/op.js';
import { ProgramBuilder } from '../../src/program/builder.js';
import type { Program } from '../../src/program/program.js';
import { normal, runProgram } from '../ops/run-program.js';

const width = 16;
const sum = call('add', input(0), input(1));

type Step = { kind: 'double' | 'slice' | 'concatenate' | 'product' | 'add'; a: number; b: number; c: number };

/** Tensors `[rows, 16]`, each made of earlier ones; some are outputs, some updates of state. */
function randomProgram({ steps, outputs, updates }: { steps: Step[]; outputs: number[]; updates: number[] }): Program {
  const builder = new ProgramBuilder();
  const tensors: TensorId[] = [builder.input('x', [6, width]), builder.stateTensor('s', [4, width])];
  const pick = (n: number): TensorId => tensors[n % tensors.length]!;
  const rows = (id: TensorId): number => builder.shapeOf(id)[0]!;
  const square = builder.stateTensor('square', [width, width]);
  for (const { kind, a, b, c } of steps) {
    const [x, y, z] = [pick(a), pick(b), pick(c)];
    const start = b % rows(x);
    if (kind === 'double') tensors.push(builder.map(call('multiply', input(0), constant(0.5)), [x]));
    if (kind === 'slice') tensors.push(builder.slice(x, 0, start, 1 + (c % (rows(x) - start))));
    if (kind === 'concatenate' && rows(x) + rows(y) + rows(z) < 60) tensors.push(builder.concatenate([x, y, z], 0));
    if (kind === 'product') tensors.push(builder.matmul(x, square));
    if (kind === 'add' && rows(x) === rows(y)) tensors.push(builder.map(sum, [x, y]));
  }
  outputs.forEach((n, i) => builder.output(`y${i}`, pick(n)));
  updates.forEach((n, i) => {
    const value = pick(n);
    const state = builder.stateTensor(`state_${i}`, builder.shapeOf(value));
    builder.output(`before_${i}`, builder.map(sum, [state, value]));
    builder.update(`state_${i}`, value);
  });
  return builder.finish();
}

const natural = fc.nat({ max: 1000 });

describe('buffers that lie within others', () => {
  it('hold what copies would, whatever is cut, joined, put out and kept', async () => {
    const step = fc.record({
      kind: fc.constantFrom<Step['kind']>('double', 'slice', 'slice', 'concatenate', 'concatenate', 'product', 'add'),
      ...{ a: natural, b: natural, c: natural },
    });
    const setting = fc.record({
      steps: fc.array(step, { minLength: 3, maxLength: 25 }),
      outputs: fc.array(natural, { minLength: 1, maxLength: 4 }),
      updates: fc.array(natural, { maxLength: 3 }),
    });
    let placed = 0;
    await fc.assert(
      fc.asyncProperty(setting, async (options) => {
        const program = randomProgram(options);
        placed += [...lower(program).places.all()].length;
        const x = normal([6, width], 1).values;
        const states = Object.fromEntries(
          [...program.state].map(([name, id], i) => [name, normal(program.shapes[id]!, i + 2).values.map((n) => n / 4)]),
        );
        const expected = runProgram(program, { x }, states);
        const session = await new CpuBackend({ threads: 1, build: 'plain' }).open({ main: program });
        for (const [name, values] of Object.entries(states)) await session.writeState(name, Float32Array.from(values));
        const executable = session.executable('main');
        await executable.run(new Map([['x', Float32Array.from(x)]]));
        const near = (found: ArrayLike<number>, right: readonly number[]): void =>
          right.forEach((value, i) => expect(Math.abs(found[i]! - value)).toBeLessThan(1e-4 * (1 + Math.abs(value))));
        for (const name of program.outputs.keys()) near(await executable.read(name), expected.output(name));
        for (const name of program.state.keys()) near(await session.readState(name), expected.state(name));
        await session.dispose();
      }),
      { seed: 6, numRuns: 150 },
    );
    expect(placed).toBeGreaterThan(150);
  });

  it('need no copies where steps are cut out and joined again', () => {
    const builder = new ProgramBuilder();
    const rows = builder.matmul(builder.input('x', [32, width]), builder.stateTensor('w', [width, width]));
    const steps = [0, 1, 2, 3].map((i) => builder.map(call('hyperbolic_tangent', input(0)), [builder.slice(rows, 0, 8 * i, 8)]));
    builder.output('y', builder.concatenate(steps, 0));
    const kernels = lower(builder.finish()).calls.map(({ kernel }) => kernel);
    expect(kernels.filter((kernel) => kernel === 'copy' || kernel === 'concatenate')).toEqual([]);
  });
});
