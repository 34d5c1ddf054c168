import { describe, expect, it } from 'vitest';
import { Interpreter } from '../../src/backends/reference/reference.js';
import { optimizers } from '../../src/catalog/optimizers/index.js';
import { swaWeight } from '../../src/graph/averages.js';
import { accumulationProgram, averagingProgram, fitModel, names, trainingProgram } from '../../src/graph/programs.js';
import { trainingState } from '../../src/graph/training-state.js';
import { updateInputs } from '../../src/graph/update.js';
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

  it.each(runs.map((one) => [one.name, one] as const))('20 steps of %s', (_, run) => check(run, [8]));
});

describe('gradients accumulated over batches of three, three and two records', () => {
  const chosen = runs.filter(
    ({ optimizer, network }) => network === 'convolutional' || optimizer.type === 'sgd' || optimizer.type === 'lamb',
  );
  it.each(chosen.map((one) => [one.name, one] as const))('are those of all eight: %s', (_, run) => check(run, [3, 3, 2]));
});

/** Trains as PyTorch did, in batches of these sizes for each update. */
function check(run: OptimizerCase, batches: readonly number[]): void {
  const { network, optimizer, losses, after, train = {}, averages, regularizer } = run;
  const { inputShape } = networks[network];
  const layers = networks[network].layers.map((layer, i) => ({ ...layer, ...run.layers?.[i] }));
  const accumulate_steps = batches.length;
  const model = fitModel(
    experiment(layers, { optimizer, regularizer, train: { ...train, accumulate_steps } }),
    dataOf(inputShape, 3),
  );
  const programs = batches.map((size, i) => (i === accumulate_steps - 1 ? trainingProgram : accumulationProgram)(model, size));
  // The state is read from the map itself, in float64: a session would round it to float32.
  const state = new Map<string, Float64Array>();
  for (const { name } of model.parameters) state.set(name, Float64Array.from(data.parameters[network][name]!.values));
  for (const { name, shape, initial } of trainingState(model)) {
    const values = typeof initial === 'number' ? new Float64Array(size(shape)).fill(initial) : state.get(initial.weight)!.slice();
    state.set(name, values);
  }
  const { swa } = model.experiment.train;
  const read = swa === undefined ? [...programs.at(-1)!.state.keys()] : [...state.keys()];
  expect([...state.keys()].sort()).toEqual(read.sort());
  const steps = programs.map((program) => new Interpreter(program, state));
  const averaging = swa && new Interpreter(averagingProgram(model), state);
  const [recordSize, epoch] = [size(inputShape), 5];
  losses.forEach((expected, i) => {
    const time = { step: i + 1, samples: 8, learningRate: model.experiment.optimizer.learning_rate as number };
    const scalars = [...updateInputs(model, time)].map(([name, value]) => [name, [value]] as [string, number[]]);
    let [loss, start] = [0, 0];
    batches.forEach((count, batch) => {
      const input = data.input.values.slice(start * recordSize, (start + count) * recordSize);
      const target = data.target.slice(start, start + count);
      start += count;
      steps[batch]!.run(new Map([['input', input], ['target', target], ...(start === 8 ? scalars : [])]));
      loss += (steps[batch]!.readExactly(names.loss)[0]! * count) / 8;
    });
    expect(relativeError([loss], [expected]), `loss of step ${i + 1}`).toBeLessThan(1e-11);
    if (swa && (i + 1) % epoch === 0) averaging!.run(new Map([[names.averageWeight, [swaWeight(swa, (i + 1) / epoch)]]]));
  });
  expect(losses).toHaveLength(20);
  expect(Object.keys(after)).toEqual(model.parameters.map(({ name }) => name));
  for (const [name, values] of Object.entries(after)) {
    expect(relativeError([...state.get(name)!], values), `${name} after step 20`).toBeLessThan(1e-11);
  }
  for (const [name, values] of Object.entries(averages ?? {})) {
    expect(relativeError([...state.get(names.average(name))!], values), `the average of ${name}`).toBeLessThan(1e-11);
  }
}
