import { describe, expect, it } from 'vitest';
import { layers } from '../../src/catalog/layers/index.js';
import { activations } from '../../src/catalog/activations/index.js';
import { buildGraph } from '../../src/graph/graph.js';
import { buildModel } from '../../src/graph/model.js';
import { call, input } from '../../src/ops/expression.js';
import { ProgramBuilder } from '../../src/program/builder.js';
import { appendGradients } from '../../src/program/gradient.js';
import { optimize } from '../../src/program/optimize.js';
import { experiment } from '../graph/experiment.js';
import { runProgram } from '../ops/run-program.js';
import { type LayerCase, readFixture, relativeError } from './fixtures.js';

const { versions } = readFixture<LayerCase>('layers');
const cases = ['layers', 'activations'].flatMap((name) => readFixture<LayerCase>(name).cases);

/** Builds one layer as a model, and back from the output gradient to its input and parameters. */
function run({ layer, input: x, parameters, outputGradient }: LayerCase) {
  const builder = new ProgramBuilder();
  const data = builder.input('x', x.shape);
  const { output, parameters: built } = buildModel(builder, buildGraph(experiment([layer]).model), data, true);
  const shape = builder.shapeOf(output);
  const weighted = builder.map(call('multiply', input(0), input(1)), [output, builder.input('outputGradient', shape)]);
  const targets = [data, ...built.map(({ name, shape }) => builder.stateTensor(name, shape))];
  builder.output('output', output);
  appendGradients(builder, builder.total(weighted), targets).forEach((gradient, i) => {
    builder.output(i === 0 ? 'input' : built[i - 1]!.name.split('/')[1]!, gradient!);
  });
  const states = Object.fromEntries(built.map(({ name }) => [name, parameters[name.split('/')[1]!]!.values]));
  const program = optimize(builder.finish());
  return { shape, built, ...runProgram(program, { x: x.values, outputGradient: outputGradient.values }, states) };
}

describe(`layers against PyTorch ${versions.torch}`, () => {
  it('cover every layer and activation that computes something', () => {
    // add is tested with its graph; dropout with its own random numbers.
    const expected = layers.types.filter((type) => type !== 'dropout' && type !== 'add');
    expect([...new Set(cases.map(({ layer }) => layer.type))].sort()).toEqual(expected.sort());
    const functions = cases.map(({ layer }) => layer.function).filter((f) => typeof f === 'string');
    expect([...new Set(functions)].sort()).toEqual([...activations.types].sort());
  });

  it.each(cases.map((one, i) => [`${i}: ${one.name}`, one] as const))('%s', (_, one) => {
    const { shape, built, output } = run(one);
    expect(shape).toEqual(one.output.shape);
    expect(relativeError(output('output'), one.output.values)).toBeLessThan(1e-12);
    expect(relativeError(output('input'), one.inputGradient.values)).toBeLessThan(1e-12);
    expect(built.map(({ name }) => name.split('/')[1])).toEqual(Object.keys(one.parameters));
    for (const { name, shape } of built) {
      const short = name.split('/')[1]!;
      const expected = one.parameterGradients[short]!;
      expect(shape).toEqual(expected.shape);
      expect(relativeError(output(short), expected.values)).toBeLessThan(1e-12);
    }
  });
});
