import { describe, expect, it } from 'vitest';
import { Interpreter } from '../../src/backends/reference/reference.js';
import { optimizers } from '../../src/catalog/optimizers/index.js';
import { fitModel, names, trainingProgram } from '../../src/graph/programs.js';
import { slotTensors, updateInputs } from '../../src/graph/update.js';
import { size } from '../../src/shape.js';
import { dataOf, experiment } from '../graph/experiment.js';
import { type Network, type OptimizerCase, type TrainingData, readFixture, relativeError } from './fixtures.js';

const { cases, versions } = readFixture<TrainingData | OptimizerCase>('optimizers');
const data = cases[0] as TrainingData;
const runs = cases.slice(1) as OptimizerCase[];

const networks: Record<Network, { inputShape: number[]; layers: object[] }> = {
  perceptron: {
    inputShape: [4],
    layers: [
      { type: 'dense', units: 5, activation: 'tanh' },
      { type: 'dense', units: 3 },
    ],
  },
  convolutional: {
    inputShape: [2, 1, 2],
    layers: [
      { type: 'conv2d', filters: 4, kernel_size: [2, 1], activation: 'tanh' },
      { type: 'flatten' },
      { type: 'dense', units: 3 },
    ],
  },
};

describe(`optimizers against PyTorch ${versions.torch}`, () => {
  it('cover every optimizer', () => {
    expect([...new Set(runs.map(({ optimizer }) => optimizer.type))].sort()).toEqual([...optimizers.types].sort());
  });

  it.each(runs.map((one) => [one.name, one] as const))('20 steps of %s', (_, { network, optimizer, losses, after }) => {
    const { inputShape, layers } = networks[network];
    const model = fitModel(experiment(layers, { optimizer }), dataOf(inputShape, 3));
    const program = trainingProgram(model, 8);
    // The state is read from the map itself, in float64: a session would round it to float32.
    const state = new Map<string, Float64Array>();
    for (const { name } of model.parameters) state.set(name, Float64Array.from(data.parameters[network][name]!.values));
    for (const { name, shape, initial } of slotTensors(model.trained)) {
      state.set(name, new Float64Array(size(shape)).fill(initial));
    }
    expect([...state.keys()].sort()).toEqual([...program.state.keys()].sort());
    const step = new Interpreter(program, state);
    losses.forEach((expected, i) => {
      const time = { step: i + 1, learningRate: model.experiment.optimizer.learning_rate as number };
      const inputs = [...updateInputs(model.trained, time)].map(([name, value]) => [name, [value]] as const);
      step.run(new Map([['input', data.input.values], ['target', data.target], ...inputs]));
      expect(relativeError([...step.readExactly(names.loss)], [expected]), `loss of step ${i + 1}`).toBeLessThan(1e-11);
    });
    expect(losses).toHaveLength(20);
    expect(Object.keys(after)).toEqual(model.parameters.map(({ name }) => name));
    for (const [name, values] of Object.entries(after)) {
      expect(relativeError([...state.get(name)!], values), `${name} after step 20`).toBeLessThan(1e-11);
    }
  });
});
