import { describe, expect, it } from 'vitest';
import { Interpreter } from '../../src/backends/reference/reference.js';
import { layerProgram } from '../catalog/layer-program.js';
import { type StatisticsCase, readFixture, relativeError } from './fixtures.js';

const { cases, versions } = readFixture<StatisticsCase>('running_statistics');

describe(`running statistics against PyTorch ${versions.torch}`, () => {
  it.each(cases.map((one) => [one.name, one] as const))('%s', (_, { layer, inputs, steps, parameters, ...expected }) => {
    const channels = inputs[0]!.shape.at(-1)!;
    const state = new Map(
      ['running_mean', 'running_variance', 'gamma', 'beta'].map((name) => [`layer/${name}`, new Float64Array(channels)]),
    );
    for (const name of ['gamma', 'running_variance']) state.get(`layer/${name}`)!.fill(1);
    const training = new Interpreter(layerProgram(layer, [inputs[0]!.shape]).program, state);
    const weights = expected.outputGradient.values;
    steps.forEach(({ input, mean, variance }, i) => {
      training.run(new Map(Object.entries({ x0: input.values, weights })));
      expect(relativeError([...state.get('layer/running_mean')!], mean.values), `mean of step ${i}`).toBeLessThan(1e-12);
      expect(relativeError([...state.get('layer/running_variance')!], variance.values), `variance of step ${i}`).toBeLessThan(
        1e-12,
      );
    });
    for (const [name, { values }] of Object.entries(parameters)) state.get(`layer/${name}`)!.set(values);
    const options = { training: false, inputGradients: true, parameterGradients: true };
    const evaluation = new Interpreter(layerProgram(layer, [inputs[0]!.shape], options).program, state);
    const before = structuredClone(state);
    evaluation.run(new Map(Object.entries({ x0: inputs[0]!.values, weights })));
    expect(state).toEqual(before);
    const close = (output: string, values: number[]): void =>
      expect(relativeError([...evaluation.readExactly(output)], values), output).toBeLessThan(1e-12);
    close('output', expected.output.values);
    close('gradient/x0', expected.inputGradients[0]!.values);
    for (const [name, { values }] of Object.entries(expected.parameterGradients)) close(`gradient/${name}`, values);
  });
});
