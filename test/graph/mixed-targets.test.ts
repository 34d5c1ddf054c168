import { describe, expect, it } from 'vitest';
import type { DatasetInfo } from '../../src/catalog/dataset.js';
import { evaluationProgram, fitModel, inspectionProgram, names } from '../../src/graph/programs.js';
import { runProgram } from '../ops/run-program.js';
import { experiment } from './experiment.js';
import { graphFailure } from './graph-failure.js';

const info: DatasetInfo = {
  inputs: { input: { kind: 'number', shape: [3] } },
  targets: { target: { kind: 'class', shape: [], classes: 3 } },
  trainLength: 10,
  testLength: 10,
};
const mixup = { data: { dataset: 'mnist', augment: ['mixup'] } };
/** Logits are the inputs. */
const model = [{ type: 'dense', units: 3, use_bias: false }];
const states = { 'dense_1/kernel': [1, 0, 0, 0, 1, 0, 0, 0, 1] };
const logits = [2, 1, 0, 0, 1, 3];
const fitted = (rest: object = {}) => fitModel(experiment(model, { metrics: ['accuracy', 'f1'], ...mixup, ...rest }), info);

const logSoftmax = (row: number[]): number[] => {
  const sum = Math.log(row.reduce((total, logit) => total + Math.exp(logit), 0));
  return row.map((logit) => logit - sum);
};

describe('where records are mixed', () => {
  it('the loss of training is that of probabilities', () => {
    const target = [0.7, 0.3, 0, 0.2, 0.2, 0.6];
    const { output } = runProgram(inspectionProgram(fitted(), 2, true), { input: logits, target }, states);
    const rows = [logSoftmax(logits.slice(0, 3)), logSoftmax(logits.slice(3))].flat();
    const expected = -target.reduce((sum, probability, i) => sum + probability * rows[i]!, 0) / 2;
    expect(output(names.loss)[0]).toBeCloseTo(expected, 12);
  });

  it('metrics of training look for the class with the larger share', () => {
    const program = inspectionProgram(fitted(), 2, true);
    const hits = (target: number[]): number[] => {
      return runProgram(program, { input: logits, target }, states).output(names.statistic('f1', 'hits'));
    };
    expect(hits([0.7, 0.3, 0, 0.2, 0.2, 0.6])).toEqual([1, 0, 1]);
    expect(hits([0.4, 0.6, 0, 0.2, 0.2, 0.6])).toEqual([0, 0, 1]);
  });

  it('evaluation goes on with classes', () => {
    const plain = evaluationProgram(fitted({ data: { dataset: 'mnist' } }), 2);
    const mixed = evaluationProgram(fitted(), 2);
    const inputs = { input: logits, target: [0, 1] };
    expect(runProgram(mixed, inputs, states).output(names.loss)).toEqual(runProgram(plain, inputs, states).output(names.loss));
  });

  it.each<[string, object]>([
    ['hinge', {}],
    ['focal', {}],
    ['binary_cross_entropy', {}],
  ])('a loss that compares with classes is refused: %s', (type, options) => {
    const { problems } = graphFailure(() => fitted({ loss: { type, ...options }, metrics: [] }));
    expect(problems).toEqual([
      {
        path: ['loss'],
        message: `${type} compares with classes, but mixup makes probabilities of them`,
        hint: 'take cross_entropy, or leave mixup out',
      },
    ]);
  });

  it('an option that names a class is refused', () => {
    const { problems } = graphFailure(() => fitted({ loss: { type: 'cross_entropy', ignore_index: 1 } }));
    expect(problems[0]).toMatchObject({ path: ['loss', 'ignore_index'], message: 'the target holds probabilities, not classes' });
  });

  it('an autoencoder is compared with its mixed input', () => {
    const loss = { type: 'mse', target: 'input' };
    const target = [1, 0, 0, 0, 0, 1];
    const { output } = runProgram(inspectionProgram(fitted({ loss, metrics: [] }), 2, true), { input: logits, target }, states);
    expect(output(names.loss)[0]).toBeCloseTo(0, 12);
  });
});
