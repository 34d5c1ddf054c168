import { describe, expect, it } from 'vitest';
import type { DatasetInfo, Field } from '../../src/catalog/dataset.js';
import { evaluationProgram, fitModel, inspectionProgram, trainingProgram } from '../../src/graph/programs.js';
import { normal, runProgram } from '../ops/run-program.js';
import { experiment } from './experiment.js';
import { graphFailure, problemsOf } from './graph-failure.js';

const number = (...shape: number[]): Field => ({ kind: 'number', shape });
const classes = (count: number, ...shape: number[]): Field => ({ kind: 'class', shape, classes: count });

const dataWith = (targets: Record<string, Field>, input: Field = number(4)): DatasetInfo => ({
  inputs: { input },
  targets,
  trainLength: 100,
  testLength: 10,
});

const dense = (units: number, more: object = {}) => ({ type: 'dense', units, ...more });

const failure = (model: object[], rest: Record<string, unknown>, info: DatasetInfo) =>
  graphFailure(() => fitModel(experiment(model, rest), info));

describe('several losses', () => {
  const twoHeads = [
    dense(5, { name: 'body' }),
    dense(3, { name: 'class', inputs: 'body' }),
    dense(1, { name: 'size', inputs: 'body' }),
  ];
  const info = dataWith({ label: classes(3), length: number() });
  const loss = [
    { type: 'cross_entropy', output: 'class', target: 'label' },
    { type: 'mse', output: 'size', target: 'length', weight: 0.25, name: 'far' },
  ];
  const inputs = { input: normal([2, 4], 1).values, label: [2, 0], length: [0.5, -1] };
  const states = (program: { state: ReadonlyMap<string, number>; shapes: readonly (readonly number[])[] }) =>
    Object.fromEntries([...program.state].map(([name, id], i) => [name, normal(program.shapes[id]!, i + 2).values]));

  it('are added with their weights, and each is reported', () => {
    const program = evaluationProgram(fitModel(experiment(twoHeads, { loss }), info), 2);
    const { output } = runProgram(program, inputs, states(program));
    const [all, ofClass, ofSize] = ['loss', 'loss/class', 'loss/far'].map((name) => output(name)[0]!);
    expect(Math.min(ofClass!, ofSize!)).toBeGreaterThan(0.01);
    expect(all).toBeCloseTo(ofClass! + 0.25 * ofSize!, 12);
    const alone = evaluationProgram(
      fitModel(
        experiment(twoHeads, {
          loss: [
            { ...loss[1], weight: 1 },
            { ...loss[0], weight: 0 },
          ],
        }),
        info,
      ),
      2,
    );
    expect(runProgram(alone, inputs, states(alone)).output('loss')[0]).toBeCloseTo(ofSize!, 12);
  });

  it('reach the parameters of every output, with a gradient that is the weighted sum', () => {
    const gradients = (of: object[]): number[] => {
      const program = inspectionProgram(fitModel(experiment(twoHeads, { loss: of }), info), 2, true);
      return runProgram(program, inputs, states(program)).output('gradient/body/kernel');
    };
    const both = gradients(loss);
    const [first, second] = [gradients([loss[0]!, { ...loss[1], weight: 0 }]), gradients([{ ...loss[0], weight: 0 }, loss[1]!])];
    both.forEach((value, i) => expect(value).toBeCloseTo(first[i]! + second[i]!, 12));
  });

  it('train every parameter', () => {
    const model = fitModel(experiment(twoHeads, { loss }), info);
    const { updates } = trainingProgram(model, 2);
    expect([...updates.keys()].sort()).toEqual(model.parameters.map(({ name }) => name).sort());
  });
});

describe('a target that was scaled', () => {
  const scale = { mean: [10, -3], deviation: [2, 0.5] };
  const measured = (field: Field, units: number, target: number[]) => {
    const metrics = ['mae', 'rmse', 'r2'];
    const program = evaluationProgram(
      fitModel(experiment([dense(units)], { loss: 'mse', metrics }), dataWith({ target: field })),
      2,
    );
    const kernel = normal([4, units], 7).values;
    const state = { 'dense_1/kernel': kernel, 'dense_1/bias': new Array<number>(units).fill(0) };
    const { output } = runProgram(program, { input: normal([2, 4], 1).values, target }, state);
    return (name: string) => output(name)[0]!;
  };

  it('is measured in its own units, and the loss in standard deviations', () => {
    const target = [0.5, -1, 2, 0.25];
    const plain = measured(number(2), 2, target);
    const scaled = measured({ kind: 'number', shape: [2], scale }, 2, target);
    expect(scaled('loss')).toBe(plain('loss'));
    const values = normal([2, 4], 1).values;
    const kernel = normal([4, 2], 7).values;
    const prediction = [0, 1].flatMap((row) =>
      [0, 1].map((unit) => [0, 1, 2, 3].reduce((sum, i) => sum + values[4 * row + i]! * kernel[2 * i + unit]!, 0)),
    );
    const expected = prediction.reduce((sum, value, i) => sum + Math.abs(value - target[i]!) * scale.deviation[i % 2]!, 0);
    expect(scaled('metric/mae/sum') / scaled('metric/mae/count')).toBeCloseTo(expected / 4, 10);
  });

  it('may be a single number', () => {
    const one = { mean: [10], deviation: [3] };
    const [plain, scaled] = [measured(number(), 1, [1, -2]), measured({ kind: 'number', shape: [], scale: one }, 1, [1, -2])];
    expect(scaled('metric/mae/sum')).toBeCloseTo(3 * plain('metric/mae/sum'), 10);
  });
});

describe('an autoencoder', () => {
  const model = [dense(2, { activation: 'tanh' }), dense(4)];

  it('is compared with its input', () => {
    const fitted = fitModel(experiment(model, { loss: { type: 'mse', target: 'input' } }), dataWith({ target: classes(10) }));
    const program = inspectionProgram(fitted, 3, true);
    const x = normal([3, 4], 1).values;
    const states = Object.fromEntries([...program.state].map(([name, id], i) => [name, normal(program.shapes[id]!, i).values]));
    const { output } = runProgram(program, { input: x, target: [1, 2, 3] }, states);
    const squares = output('layer/dense_2').map((y, i) => (y - x[i]!) ** 2);
    expect(output('loss')[0]).toBeCloseTo(squares.reduce((a, b) => a + b) / 12, 12);
  });

  it('has the shape of its input', () => {
    const error = failure([dense(3)], { loss: { type: 'mse', target: 'input' } }, dataWith({ target: classes(10) }));
    expect(error.path).toEqual(['model', 0]);
    expect(error.message).toBe("the model's output is [batch, 3], but mse needs the shape of the target, [batch, 4]");
    expect(error.hint).toBe('let the last layer give [batch, 4]');
    const picture = dataWith({ target: classes(10) }, number(2, 2, 1));
    const flat = [{ type: 'flatten' }, dense(4)];
    const loss = { type: 'mse', target: 'input' };
    const { hint } = failure(flat, { loss }, picture);
    expect(hint).toBe('put {type: reshape, target_shape: [2, 2, 1]} after the last layer');
    expect(() => fitModel(experiment([...flat, { type: 'reshape', target_shape: [2, 2, 1] }], { loss }), picture)).not.toThrow();
  });
});

describe('a loss that does not fit its target is refused at its own line', () => {
  it.each<[string, string, Record<string, unknown>, Field, (string | number)[]]>([
    [
      'mse compares numbers, but the target is classes, 10 of them',
      'compare classes with what is made for them, such as cross_entropy and accuracy; as numbers they need an output [batch]',
      { type: 'mse' },
      classes(10),
      ['loss'],
    ],
    [
      'cross_entropy compares classes, but the target holds numbers',
      "mse and mae compare numbers; as probabilities of classes they would have the shape of the model's output, [batch, 3], and they are [batch]",
      { type: 'cross_entropy' },
      number(),
      ['loss'],
    ],
    [
      'binary_cross_entropy tells two classes apart, but the target has 3',
      'several classes are for cross_entropy and accuracy, which take a logit for each',
      { type: 'binary_cross_entropy' },
      classes(3),
      ['loss'],
    ],
    [
      '2 numbers for 3 classes',
      'list 3, one for each class',
      { type: 'cross_entropy', class_weights: [1, 2] },
      classes(3),
      ['loss', 'class_weights'],
    ],
    [
      'the target has no class 3: its classes are 0 to 2',
      'name the class that stands for padding, or remove ignore_index',
      { type: 'cross_entropy', ignore_index: 3 },
      classes(3),
      ['loss', 'ignore_index'],
    ],
    [
      'the target holds probabilities, not classes',
      'remove ignore_index',
      { type: 'cross_entropy', ignore_index: 0 },
      number(3),
      ['loss', 'ignore_index'],
    ],
    [
      '2 weights for 3 labels',
      'give 3, or a single number for all',
      { type: 'binary_cross_entropy', pos_weight: [1, 2] },
      number(3),
      ['loss', 'pos_weight'],
    ],
    [
      'one number says how two classes count, with one logit',
      'list 3, one for each class',
      { type: 'focal', alpha: 0.25 },
      classes(3),
      ['loss', 'alpha'],
    ],
    [
      'kl_divergence compares with probabilities, but the target is classes',
      'use cross_entropy',
      { type: 'kl_divergence' },
      classes(3),
      ['loss'],
    ],
    [
      'cosine_similarity compares vectors, but the target is a single number',
      'its last axis is the vector',
      { type: 'cosine_similarity' },
      number(),
      ['loss'],
    ],
    [
      'triplet needs a class for each record, [batch], but the target is numbers [batch, 3]',
      'name another field: target: ...',
      { type: 'triplet' },
      number(3),
      ['loss'],
    ],
  ])('%s', (message, hint, loss, field, path) => {
    const error = failure([dense(3)], { loss }, dataWith({ target: field }));
    expect({ message: error.message, hint: error.hint, path: error.path }).toEqual({ message, hint, path });
  });

  it('with the place of the one of several', () => {
    const loss = [{ type: 'cross_entropy' }, { type: 'mae', target: 'target' }];
    expect(failure([dense(3)], { loss }, dataWith({ target: classes(3) })).path).toEqual(['loss', 1]);
    const metrics = [{ type: 'accuracy', target: 'input' }];
    expect(failure([dense(3)], { metrics }, dataWith({ target: classes(3) })).path).toEqual(['metrics', 0]);
  });
});

describe('an output that does not fit is refused at its layer', () => {
  it.each<[string, Record<string, unknown>, Field]>([
    [
      "the model's output is [batch, 3], but binary_cross_entropy needs one logit for each target: [batch, 1]",
      { type: 'binary_cross_entropy' },
      classes(2),
    ],
    ["the model's output is [batch, 3], but huber needs the shape of the target, [batch, 2]", { type: 'huber' }, number(2)],
    ["the model's output is [batch, 3], but the data set has 4 classes", { type: 'focal' }, classes(4)],
    [
      "the model's output is [batch, 3], but hinge needs [batch, 5, 4], since the target has 4 classes",
      { type: 'hinge' },
      classes(4, 5),
    ],
  ])('%s', (message, loss, field) => {
    const error = failure([dense(5, { activation: 'relu' }), dense(3)], { loss }, dataWith({ target: field }));
    expect(error.message).toBe(message);
    expect(error.path).toEqual(['model', 1]);
    expect(error.hint).toBeDefined();
  });

  it('of sequences to be read', () => {
    const model = [dense(5)];
    const sequences = (field: Field, loss: unknown = 'ctc') =>
      failure(model, { loss }, dataWith({ target: field }, number(6, 4)));
    expect(sequences(classes(4, 3))).toMatchObject({
      path: ['model', 0],
      message: "the model's output is [batch, 6, 5], but ctc needs [batch, time, 4], since the target has 4 classes",
    });
    expect(sequences(classes(5))).toMatchObject({
      path: ['loss'],
      message: 'ctc compares with sequences of classes, and the target is not one',
    });
    expect(sequences(classes(5, 3), { type: 'ctc', blank: 5 })).toMatchObject({
      path: ['loss', 'blank'],
      message: 'the target has no class 5: its classes are 0 to 4',
    });
  });

  it('of embeddings', () => {
    const error = failure([dense(3)], { loss: 'triplet' }, dataWith({ target: classes(2) }, number(5, 4)));
    expect(error.message).toBe(
      "the model's output is [batch, 5, 3], but triplet needs an embedding of each record, [batch, features]",
    );
    expect(error.hint).toBe('put {type: flatten} at the end');
  });
});

describe('a name that stands for nothing', () => {
  const heads = [
    dense(5, { name: 'body' }),
    dense(3, { name: 'class', inputs: 'body' }),
    dense(1, { name: 'size', inputs: 'body' }),
  ];
  const info = dataWith({ label: classes(3), length: number() });
  const ofClass = { type: 'cross_entropy', output: 'class', target: 'label' };
  const ofSize = { type: 'mse', output: 'size', target: 'length' };

  it('is told at its place, and not where the layer that was meant is not read', () => {
    const error = failure(heads, { loss: [{ ...ofClass, output: 'clas' }, ofSize] }, info);
    expect(problemsOf(error)).toEqual(['loss.0.output: there is no layer named "clas"']);
    expect(error.hint).toBe('did you mean "class"? layers: body, class, size');
    const metrics = [{ type: 'accuracy', output: 'nothing', target: 'label' }];
    expect(failure(heads, { loss: [ofClass, ofSize], metrics }, info)).toMatchObject({
      path: ['metrics', 0, 'output'],
      hint: 'layers: body, class, size',
    });
  });

  it('is told beside what else is wrong', () => {
    const lost = [...heads.slice(0, 2), dense(1, { name: 'size', inputs: 'bdy' })];
    expect(problemsOf(failure(lost, { loss: [{ ...ofClass, output: 'clas' }, ofSize] }, info))).toEqual([
      'model.2.inputs: there is no layer named "bdy"',
      'loss.0.output: there is no layer named "clas"',
    ]);
  });

  it('of a target', () => {
    expect(failure(heads, { loss: [ofClass, { ...ofSize, target: 'lenght' }] }, info)).toMatchObject({
      path: ['loss', 1, 'target'],
      message: 'the data set has no field "lenght"',
      hint: 'did you mean "length"? it has input, label, length',
    });
    expect(failure(heads, { loss: [ofClass, { type: 'mse', output: 'size' }] }, info)).toMatchObject({
      path: ['loss', 1],
      message: 'the data set has 2 targets',
      hint: 'name one of them: target: label or length',
    });
  });
});
