import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend, Session } from '../../src/backends/backend.js';
import { CpuBackend } from '../../src/backends/cpu/cpu.js';
import { openGpuJs } from '../../src/backends/gpujs/gpujs.js';
import { ReferenceBackend } from '../../src/backends/reference/reference.js';
import { layers } from '../../src/catalog/layers/index.js';
import type { Program } from '../../src/program/program.js';
import { randomInteger, streamKey } from '../../src/random.js';
import { size } from '../../src/shape.js';
import { expectClose } from '../backends/conformance-compare.js';
import { distinct, normal, runProgram } from '../ops/run-program.js';
import { type LayerExample, layerExamples } from './layer-examples.js';
import { layerProgram } from './layer-program.js';

it('every layer has an example', () => {
  expect([...new Set(layerExamples.map(({ layer }) => layer.type))].sort()).toEqual([...layers.types].sort());
});

const named = layerExamples.map((example, i) => [`${i}: ${JSON.stringify(example.layer)}`, example] as const);

/** The number in a layer's name must not matter: another example before it would change what it is tried with. */
const keyOf = (seed: number, name: string): number => streamKey(seed, name.replace(/layer-\d+/, 'layer'));

/** Values for every input of a program: no two elements of its x are equal, so that a maximum is certain. */
function inputsOf({ inputs, shapes }: Program, { below, lengths }: LayerExample): Record<string, number[]> {
  const values = (name: string, shape: readonly number[]): number[] => {
    const key = keyOf(2, name);
    const integers = (limit: number): number[] => Array.from({ length: size(shape) }, (_, i) => randomInteger(key, i) % limit);
    if (name.startsWith('random/')) return integers(2 ** 24);
    if (name === 'weights') return normal(shape, key).values;
    if (name === 'mask') return lengths!.flatMap((length) => Array.from({ length: shape[1]! }, (_, i) => Number(i < length)));
    if (below !== undefined) return integers(below);
    // Neighbours of one tensor are 2 / size apart, so that those of another one come to lie between them.
    const shift = (0.3 * Number(name.slice(1))) / size(shape);
    return distinct(shape, key).values.map((value) => value + shift);
  };
  return Object.fromEntries([...inputs].map(([name, id]) => [name, values(name, shapes[id]!)]));
}

/** Values for every state of a program. All are positive, as a running variance must be. */
function statesOf({ state, shapes, constants }: Program): Record<string, number[]> {
  const values = (name: string, id: number): number[] =>
    constants.has(name) ? [...constants.get(name)!] : normal(shapes[id]!, keyOf(3, name)).values.map(Math.abs);
  return Object.fromEntries([...state].map(([name, id]) => [name, values(name, id)]));
}

describe('gradients of layers against central differences in float64', () => {
  const step = 1e-5;

  it.each(named)('%s', (_, example) => {
    const { layer, inputs: shapes, below, lengths } = example;
    const masked = lengths !== undefined;
    const options = { masked, inputGradients: below === undefined, parameterGradients: true };
    const { program, parameters } = layerProgram(layer, shapes, options);
    const { program: forward } = layerProgram(layer, shapes, { masked });
    const [inputs, states] = [inputsOf(program, example), statesOf(program)];
    const found = runProgram(program, inputs, states);
    const varied = new Map(parameters.map(({ name }) => [`gradient/${name.slice('layer/'.length)}`, states[name]!]));
    if (options.inputGradients) shapes.forEach((_, i) => varied.set(`gradient/x${i}`, inputs[`x${i}`]!));
    const scalar = (): number => runProgram(forward, inputs, states).output('scalar')[0]!;
    let [error, largest] = [0, 1e-3];
    for (const [name, values] of varied) {
      const gradient = program.outputs.has(name) ? found.output(name) : values.map(() => 0);
      expect(gradient.length, name).toBe(values.length);
      values.forEach((held, i) => {
        values[i] = held + step;
        const above = scalar();
        values[i] = held - step;
        const difference = (above - scalar()) / (2 * step);
        values[i] = held;
        // Not Math.max alone: a NaN must not be lost.
        if (!(Math.abs(difference - gradient[i]!) <= error)) error = Math.abs(difference - gradient[i]!);
        largest = Math.max(largest, Math.abs(difference));
      });
    }
    expect(error / largest).toBeLessThan(1e-8);
  });
});

describe('layers on the backends, in training and in evaluation', () => {
  const sameBits = ['cpu, 1 thread', 'cpu, 3 threads'] as const;
  const backends: Record<string, () => Backend | Promise<Backend>> = {
    reference: () => new ReferenceBackend(),
    [sameBits[0]]: () => new CpuBackend({ threads: 1, build: 'relaxed' }),
    [sameBits[1]]: () => new CpuBackend({ threads: 3, build: 'relaxed' }),
    'gpujs-cpu': () => openGpuJs('cpu'),
  };
  // A layer's name is that of its example, so that the parameters of all have names of their own.
  const programs = Object.fromEntries(
    named.flatMap(([name, { layer, inputs, below, lengths }], i) => {
      const options = { name: `layer-${i}`, masked: lengths !== undefined };
      const gradients = { inputGradients: below === undefined, parameterGradients: true };
      return [
        [`${name} training`, layerProgram(layer, inputs, { ...options, ...gradients }).program],
        [`${name} evaluation`, layerProgram(layer, inputs, { ...options, training: false }).program],
      ];
    }),
  );
  const sessions = new Map<string, Session>();
  beforeAll(async () => {
    for (const [backend, open] of Object.entries(backends)) sessions.set(backend, await (await open()).open(programs));
  }, 60_000);
  afterAll(async () => {
    for (const session of sessions.values()) await session.dispose();
  });

  /** All that a program leaves behind. */
  async function resultsOf(session: Session, name: string, example: LayerExample): Promise<Map<string, Float32Array>> {
    const program = programs[name]!;
    for (const [state, values] of Object.entries(statesOf(program))) await session.writeState(state, Float32Array.from(values));
    const inputs = Object.entries(inputsOf(program, example)).map(([key, values]) => [key, Float32Array.from(values)] as const);
    await session.executable(name).run(new Map(inputs));
    const results = new Map<string, Float32Array>();
    // The scalar is a sum of the output's elements, of which little may be left but their rounding errors.
    const outputs = [...program.outputs.keys()].filter((output) => output !== 'scalar');
    for (const output of outputs) results.set(output, (await session.executable(name).read(output)).slice());
    for (const state of program.state.keys()) results.set(state, (await session.readState(state)).slice());
    return results;
  }

  it.each(named)('%s', async (name, example) => {
    for (const phase of ['training', 'evaluation']) {
      const results = new Map<string, Map<string, Float32Array>>();
      for (const [backend, session] of sessions) results.set(backend, await resultsOf(session, `${name} ${phase}`, example));
      const expected = results.get('reference')!;
      for (const [backend, found] of results) {
        for (const [tensor, values] of expected) expectClose(`${phase}, ${backend}, ${tensor}`, found.get(tensor)!, values, 3e-5);
      }
      expect(results.get(sameBits[1])).toEqual(results.get(sameBits[0]));
    }
  });
});
