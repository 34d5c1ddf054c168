import { describe, expect, it } from 'vitest';
import { Interpreter } from '../../src/backends/reference/reference.js';
import { optimizers } from '../../src/catalog/optimizers/index.js';
import { fitModel, names, trainingProgram } from '../../src/graph/programs.js';
import { size } from '../../src/shape.js';
import { dataOf, experiment } from '../graph/experiment.js';
import { type OptimizerCase, type TrainingData, readFixture, relativeError } from './fixtures.js';

const { cases, versions } = readFixture<TrainingData | OptimizerCase>('optimizers');
const data = cases[0] as TrainingData;
const runs = cases.slice(1) as OptimizerCase[];

const layers = [
  { type: 'dense', units: 6, activation: 'tanh' },
  { type: 'dense', units: 3 },
];

describe(`optimizers against PyTorch ${versions.torch}`, () => {
  it('cover every optimizer', () => {
    expect([...new Set(runs.map(({ optimizer }) => optimizer.type))].sort()).toEqual([...optimizers.types].sort());
  });

  it.each(runs.map((one) => [one.name, one] as const))('20 steps of %s', (_, { optimizer, losses, after }) => {
    const model = fitModel(experiment(layers, { optimizer }), dataOf([4], 3));
    const program = trainingProgram(model, 8);
    // The state is read from the map itself, in float64: a session would round it to float32.
    const state = new Map<string, Float64Array>();
    for (const [name, id] of program.state) {
      state.set(name, Float64Array.from(data.parameters[name]?.values ?? new Array<number>(size(program.shapes[id]!)).fill(0)));
    }
    const step = new Interpreter(program, state);
    losses.forEach((expected, i) => {
      const time = { step: i + 1, learningRate: optimizer.learning_rate };
      const scalars = Object.entries(optimizers.get(optimizer.type).scalars(model.experiment.optimizer, time));
      const inputs: [string, number[]][] = scalars.map(([name, value]) => [names.scalar(name), [value]]);
      step.run(new Map([[names.input, data.input.values], [names.target, data.target], ...inputs]));
      expect(relativeError([...step.readExactly(names.loss)], [expected]), `loss of step ${i + 1}`).toBeLessThan(1e-11);
      for (const [name, values] of Object.entries(after[i + 1] ?? {})) {
        expect(relativeError([...state.get(name)!], values), `${name} after step ${i + 1}`).toBeLessThan(1e-11);
      }
    });
    expect(Object.keys(after)).toEqual(['1', '2', '20']);
  });
});
