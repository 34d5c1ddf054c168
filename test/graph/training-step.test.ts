import { describe, expect, it } from 'vitest';
import { fitModel, names, trainingProgram } from '../../src/graph/programs.js';
import { normal, runProgram } from '../ops/run-program.js';
import { dataOf, experiment } from './experiment.js';

const optimizer = { type: 'adam', learning_rate: 0.1 };
const scalars = { [names.scalar('step_size')]: [0.1], [names.scalar('inverse_root_correction')]: [1] };
const target = [0, 2, 1];

function setUp(model: object[]) {
  const program = trainingProgram(fitModel(experiment(model, { optimizer }), dataOf([4], 3)), 3);
  const states = Object.fromEntries(
    [...program.state].map(([name, id], i) => [name, normal(program.shapes[id]!, i + 1).values.map(Math.abs)]),
  );
  const run = (x: number[]) => runProgram(program, { input: x, target, ...scalars }, states);
  return { states, run };
}

describe('a training step', () => {
  const { states, run } = setUp([{ type: 'dense', units: 3 }]);
  const x = normal([3, 4], 9).values;

  it('changes every parameter and slot', () => {
    const after = run(x);
    expect(Number.isFinite(after.output(names.loss)[0])).toBe(true);
    for (const [name, before] of Object.entries(states)) expect(after.state(name), name).not.toEqual(before);
  });

  it.each([NaN, Infinity, -Infinity])('changes nothing where the data hold %d, so that it can be looked at', (broken) => {
    const after = run(x.with(5, broken));
    expect(Number.isFinite(after.output(names.loss)[0])).toBe(false);
    for (const [name, before] of Object.entries(states)) expect(after.state(name), name).toEqual(before);
  });
});
