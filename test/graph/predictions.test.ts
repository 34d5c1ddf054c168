import { expect, it } from 'vitest';
import { names } from '../../src/graph/names.js';
import { predictionsOf } from '../../src/graph/predictions.js';
import { answerProgram, fitModel } from '../../src/graph/programs.js';
import { normal, runProgram } from '../ops/run-program.js';
import { experiment } from './experiment.js';

it('padded steps tell the blank, where steps are read', () => {
  const layers = [
    { type: 'embedding', input_dim: 4, output_dim: 3, mask_zero: true },
    { type: 'dense', units: 3 },
  ];
  const model = fitModel(experiment(layers, { loss: { type: 'ctc', blank: 2 } }), {
    inputs: { input: { kind: 'class', shape: [4], classes: 4 } },
    targets: { target: { kind: 'class', shape: [2], classes: 3 } },
    trainLength: 100,
    testLength: 10,
  });
  expect(predictionsOf(model)).toMatchObject([{ name: 'target', kind: 'classes', blank: 2, shape: [4, 3] }]);
  const program = answerProgram(model, 2);
  const states = Object.fromEntries([...program.state].map(([name, id], i) => [name, normal(program.shapes[id]!, i).values]));
  const told = runProgram(program, { input: [1, 2, 0, 0, 3, 0, 0, 0] }, states).output(names.predicted('target'));
  const steps = Array.from({ length: 8 }, (_, i) => told.slice(3 * i, 3 * i + 3));
  for (const step of [0, 1, 4]) for (const value of steps[step]!) expect(value).toBeLessThan(1);
  for (const step of [2, 3, 5, 6, 7]) expect(steps[step]).toEqual([0, 0, 1]);
});
