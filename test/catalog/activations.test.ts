import { describe, expect, it } from 'vitest';
import { CpuBackend } from '../../src/backends/cpu/cpu.js';
import { activations } from '../../src/catalog/activations/index.js';
import type { Chosen } from '../../src/catalog/registry.js';
import { buildGraph } from '../../src/graph/graph.js';
import { buildModel, initialValues } from '../../src/graph/model.js';
import { ProgramBuilder } from '../../src/program/builder.js';
import { appendGradients } from '../../src/program/gradient.js';
import { optimize } from '../../src/program/optimize.js';
import { experiment } from '../graph/experiment.js';
import { gradientError } from '../ops/check-gradient.js';
import { distinct, runProgram } from '../ops/run-program.js';

const chosen = (type: string, options: object = {}): Chosen => ({ ...activations.get(type).options.parse(options), type });
const all: Chosen[] = [
  ...activations.types.map((type) => chosen(type)),
  chosen('gelu', { approximate: 'tanh' }),
  chosen('softplus', { beta: 3 }),
  chosen('elu', { alpha: 0.4 }),
];

/** The output of an activation and its gradient for each of `values` by itself, in float32 on the CPU. */
async function onCpu(activation: Chosen, values: readonly number[]): Promise<{ y: number[]; gradient: number[] }> {
  const builder = new ProgramBuilder();
  const x = builder.input('x', [values.length, 1]);
  const y = activations.get(activation.type).apply(builder, x, activation);
  builder.output('y', y);
  builder.output('gradient', appendGradients(builder, builder.total(y), [x])[0]!);
  const session = await new CpuBackend({ threads: 1 }).open({ main: optimize(builder.finish()) });
  const executable = session.executable('main');
  await executable.run(new Map([['x', Float32Array.from(values)]]));
  const read = async (name: string): Promise<number[]> => [...(await executable.read(name))];
  const result = { y: await read('y'), gradient: await read('gradient') };
  await session.dispose();
  return result;
}

describe('activations', () => {
  it.each(all.map((one) => [JSON.stringify(one), one] as const))('%s agrees with central differences', (_, activation) => {
    // Of (-7, 7), and none nearer to a kink than a step.
    const x = distinct([3, 5], 4);
    x.values = x.values.map((value) => 7 * value + 0.013);
    const error = gradientError((builder, [x]) => activations.get(activation.type).apply(builder, x!, activation), [x]);
    expect(error).toBeLessThan(1e-8);
  });

  it.each(all.map((one) => [JSON.stringify(one), one] as const))('%s has finite gradients in float32', async (_, activation) => {
    const { y, gradient } = await onCpu(activation, [0, -0, 1e-38, -1e-38, 88, -88, 1e4, -1e4, 1e20, -1e20, 3e38, -3e38]);
    expect(y.every(Number.isFinite)).toBe(true);
    expect(gradient.every(Number.isFinite)).toBe(true);
  });

  it('keep the digits of small results where 1 is added or taken away', async () => {
    const left = [-5, -10, -20, -40, -80];
    const { y: plus, gradient } = await onCpu(chosen('softplus'), left);
    left.forEach((x, i) => {
      expect(Math.abs(plus[i]! / Math.log1p(Math.exp(x)) - 1)).toBeLessThan(1e-6);
      expect(Math.abs(gradient[i]! / (1 / (1 + Math.exp(-x))) - 1)).toBeLessThan(1e-5);
    });
    const small = [-1e-2, -1e-4, -1e-6, -1e-10];
    const { y: minus } = await onCpu(chosen('elu'), small);
    small.forEach((x, i) => expect(Math.abs(minus[i]! / Math.expm1(x) - 1)).toBeLessThan(1e-6));
    const { y: mish } = await onCpu(chosen('mish'), left);
    left.forEach((x, i) => expect(Math.abs(mish[i]! / (x * Math.tanh(Math.log1p(Math.exp(x)))) - 1)).toBeLessThan(1e-6));
  });

  it('read their options', () => {
    expect(() => chosen('elu', { alpha: 0 })).toThrow();
    expect(() => chosen('gelu', { approximate: 'erf' })).toThrow();
    expect(() => chosen('softplus', { beta: -1 })).toThrow();
    expect(() => chosen('hardtanh', { min: 0.5 })).toThrow();
  });
});

describe('prelu', () => {
  function build(options: object, shape: number[]) {
    const builder = new ProgramBuilder();
    const graph = buildGraph(experiment([{ type: 'prelu', ...options }]).model);
    const { output, parameters } = buildModel(builder, graph, () => builder.input('x', shape), true);
    builder.output('y', output);
    return { program: optimize(builder.finish()), parameters };
  }

  it('starts with a slope of 0.25 for each channel, or one for all', () => {
    const { program, parameters } = build({}, [2, 3]);
    expect(parameters.map(({ name, shape }) => [name, shape])).toEqual([['prelu_1/slope', [3]]]);
    expect([...initialValues(parameters[0]!, 1)]).toEqual([0.25, 0.25, 0.25]);
    const { output } = runProgram(program, { x: [-4, 0, 4, 1, -2, -3] }, { 'prelu_1/slope': [0.25, 1, 2] });
    expect(output('y')).toEqual([-1, 0, 4, 1, -2, -6]);
    expect(build({ shared: true }, [2, 5, 3]).parameters[0]!.shape).toEqual([1]);
  });

  it('needs channels', () => {
    expect(() => build({}, [2])).toThrow(/prelu needs \[batch, \.\.\., channels\]/);
  });

  it('agrees with central differences, of its input and of its slopes', () => {
    for (const [options, slopes] of [
      [{}, [4]],
      [{ shared: true }, [1]],
    ] as const) {
      const { model } = experiment([{ type: 'prelu', ...options }]);
      const node = buildGraph(model).nodes[0]!;
      const error = gradientError(
        (builder, [x, slope]) => {
          const context = { builder, name: 'prelu', training: true, parameter: () => slope!, activate: () => x! };
          return node.definition.build(context as never, [x!], node.options) as number;
        },
        [distinct([3, 2, 4], 1), distinct(slopes, 2)],
      );
      expect(error).toBeLessThan(1e-8);
    }
  });
});
