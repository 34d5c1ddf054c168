import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend, Session } from '../../src/backends/backend.js';
import { ReferenceBackend } from '../../src/backends/reference/reference.js';
import { accumulationProgram, evaluationProgram, trainingProgram } from '../../src/graph/programs.js';
import { call, constant, input } from '../../src/ops/expression.js';
import { ProgramBuilder } from '../../src/program/builder.js';
import type { Program } from '../../src/program/program.js';
import { activationCases } from './conformance-activations.js';
import { expectClose } from './conformance-compare.js';
import type { ConformanceCase } from './conformance-case.js';
import { opCases } from './conformance-ops.js';
import { primitiveCases } from './conformance-primitives.js';
import { initialState, stepInputs, trainedModels } from './conformance-training.js';

export interface ConformanceOptions {
  /** The largest difference from the reference, over the largest value of the tensor. */
  readonly tolerance: number;
}

/** Backends under test and the reference with the same programs open. */
interface Pair<Name extends string> {
  readonly tested: Session<Name>;
  readonly reference: Session<Name>;
}

/**
 * Declares the tests that every backend must pass: each op over many shapes, each primitive with extreme arguments, how state
 * moves, and whole training steps. The float64 reference says what is right.
 */
export function conformance(name: string, open: () => Promise<Backend>, { tolerance }: ConformanceOptions): void {
  describe(`conformance of ${name}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await open();
    });
    const openPair = async <Name extends string>(programs: Readonly<Record<Name, Program>>): Promise<Pair<Name>> => ({
      tested: await backend.open(programs),
      reference: await new ReferenceBackend().open(programs),
    });

    for (const [kind, cases] of Object.entries({ ...opCases, primitives: primitiveCases, activations: activationCases })) {
      describe(kind, () => caseTests(cases, tolerance, () => backend));
    }
    describe('state', () => stateTests(openPair));
    describe('training', () => trainingTests(tolerance, openPair));
  });
}

type OpenPair = <Name extends string>(programs: Readonly<Record<Name, Program>>) => Promise<Pair<Name>>;

const found = new Map<ConformanceCase, Promise<Map<string, Float32Array>>>();

/** The outputs of a case by the reference, found once for all backends of a file. */
function expectedOf(one: ConformanceCase): Promise<Map<string, Float32Array>> {
  const find = async (): Promise<Map<string, Float32Array>> => {
    const session = await new ReferenceBackend().open({ main: one.program });
    const executable = session.executable('main');
    await executable.run(one.inputs);
    const outputs = new Map<string, Float32Array>();
    for (const output of one.program.outputs.keys()) outputs.set(output, (await executable.read(output)).slice());
    return outputs;
  };
  if (!found.has(one)) found.set(one, find());
  return found.get(one)!;
}

function caseTests(cases: readonly ConformanceCase[], tolerance: number, open: () => Backend): void {
  let session: Session<string>;
  beforeAll(async () => {
    // Of two programs of one name only the last would be run.
    expect(new Set(cases.map((c) => c.name)).size).toBe(cases.length);
    session = await open().open(Object.fromEntries(cases.map((c) => [c.name, c.program])));
  });
  afterAll(() => session.dispose());
  for (const c of cases) {
    it(c.name, async () => {
      const tested = session.executable(c.name);
      await tested.run(c.inputs);
      for (const [output, expected] of await expectedOf(c)) {
        expectClose(output, await tested.read(output), expected, c.tolerance ?? tolerance);
      }
    });
  }
}

function stateTests(openPair: OpenPair): void {
  it('starts at 0, is written, read, updated together and shared by programs', async () => {
    const swap = new ProgramBuilder();
    const [a, b] = [swap.stateTensor('a', [2, 3]), swap.stateTensor('b', [2, 3])];
    swap.update('a', b);
    swap.update('b', a);
    swap.output('a', a);
    swap.output('a again', swap.reshape(a, [6]));
    const set = new ProgramBuilder();
    const x = set.input('x', [6]);
    set.stateTensor('a', [2, 3]);
    set.update('a', set.reshape(x, [2, 3]));
    set.output('x', x);
    const { tested } = await openPair({ swap: swap.finish(), set: set.finish() });
    expect([...(await tested.readState('a'))]).toEqual([0, 0, 0, 0, 0, 0]);
    await tested.writeState('b', Float32Array.of(1, 2, 3, 4, 5, 6));
    await tested.executable('swap').run(new Map());
    expect([...(await tested.executable('swap').read('a'))]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...(await tested.readState('a'))]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...(await tested.readState('b'))]).toEqual([0, 0, 0, 0, 0, 0]);
    const values = Float32Array.of(7, 8, 9, 10, 11, 12);
    await tested.executable('set').run(new Map([['x', values]]));
    values.fill(0);
    expect([...(await tested.executable('set').read('x'))]).toEqual([7, 8, 9, 10, 11, 12]);
    for (let i = 0; i < 3; i++) await tested.executable('swap').run(new Map());
    expect([...(await tested.executable('swap').read('a again'))]).toEqual([7, 8, 9, 10, 11, 12]);
    expect([...(await tested.readState('a'))]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...(await tested.readState('b'))]).toEqual([7, 8, 9, 10, 11, 12]);
    await tested.dispose();
  });

  it('takes an input that nothing reads', async () => {
    const builder = new ProgramBuilder();
    builder.input('unread', [4, 2]);
    builder.output('y', builder.map(call('add', input(0), constant(1)), [builder.input('x', [2])]));
    const { tested } = await openPair({ main: builder.finish() });
    const inputs = { unread: new Float32Array(8), x: Float32Array.of(1, 2) };
    await tested.executable('main').run(new Map(Object.entries(inputs)));
    expect([...(await tested.executable('main').read('y'))]).toEqual([2, 3]);
    await tested.dispose();
  });

  it('keeps its values where a condition says so', async () => {
    const builder = new ProgramBuilder();
    const loss = builder.input('loss');
    const before = builder.stateTensor('p', [3]);
    const finite = builder.map(call('equal', call('subtract', input(0), input(0)), constant(0)), [loss]);
    const next = builder.map(call('add', input(0), input(1)), [before, loss]);
    builder.update('p', builder.map(call('select', input(0), input(1), input(2)), [finite, next, before]));
    const { tested } = await openPair({ main: builder.finish() });
    for (const [value, expected] of [
      [1, 1],
      [NaN, 1],
      [Infinity, 1],
      [-Infinity, 1],
      [2, 3],
    ] as const) {
      await tested.executable('main').run(new Map([['loss', Float32Array.of(value)]]));
      expect([...(await tested.readState('p'))], `after a loss of ${value}`).toEqual([expected, expected, expected]);
    }
    await tested.dispose();
  });
}

const batch = 6;
const steps = 3;

function trainingTests(tolerance: number, openPair: OpenPair): void {
  for (const [name, build] of Object.entries(trainedModels)) {
    it(`${name}, ${steps} steps`, async () => {
      const model = build();
      const programs: Record<string, Program> = {
        ...(model.experiment.train.accumulate_steps > 1 ? { accumulate: accumulationProgram(model, batch) } : {}),
        train: trainingProgram(model, batch),
        evaluate: evaluationProgram(model, batch),
      };
      const { tested, reference } = await openPair(programs);
      for (const [parameter, values] of initialState(model)) {
        for (const session of [tested, reference]) await session.writeState(parameter, values);
      }
      for (let step = 1; step <= steps; step++) {
        for (const program of Object.keys(programs)) {
          const inputs = stepInputs(model, programs[program]!, step);
          for (const session of [tested, reference]) await session.executable(program).run(inputs);
          for (const output of programs[program]!.outputs.keys()) {
            const values = await Promise.all([tested, reference].map((session) => session.executable(program).read(output)));
            expectClose(`${output} of step ${step}`, values[0]!, values[1]!, tolerance);
          }
        }
        for (const state of programs.train!.state.keys()) {
          expectClose(`${state} after step ${step}`, await tested.readState(state), await reference.readState(state), tolerance);
        }
      }
      await tested.dispose();
    });
  }

  it('leaves the state alone where the loss is not finite', async () => {
    // Every kind of state: parameters, slots, running statistics, sums of gradients and averages.
    const model = trainedModels['a perceptron with accumulated gradients and a moving average']!();
    const programs = { train: trainingProgram(model, batch) };
    const { tested } = await openPair(programs);
    for (const [parameter, values] of initialState(model)) await tested.writeState(parameter, values);
    await tested.executable('train').run(stepInputs(model, programs.train, 1));
    const before = new Map<string, Float32Array>();
    for (const state of programs.train.state.keys()) before.set(state, (await tested.readState(state)).slice());
    const inputs = stepInputs(model, programs.train, 2);
    inputs.get('input')![5] = NaN;
    await tested.executable('train').run(inputs);
    for (const [state, values] of before) expect(await tested.readState(state), state).toEqual(values);
    await tested.dispose();
  });
}
