import { describe, expect, it } from 'vitest';
import { fitModel, inspectionProgram, names, trainingProgram } from '../../src/graph/programs.js';
import { normal, runProgram } from '../ops/run-program.js';
import { dataOf, experiment } from './experiment.js';
import { graphFailure, problemsOf } from './graph-failure.js';

const dense = (more: object = {}) => ({ type: 'dense', units: 4, ...more });
const fit = (model: object[], inputShape = [4]) => fitModel(experiment(model), dataOf(inputShape, 4));
const owners = (model: object[]) =>
  fit(model).graph.nodes.map(({ name, weightsOf }) => (weightsOf === undefined ? name : `${name} = ${weightsOf.layer}`));
const failure = (model: object[], inputShape?: number[]) => graphFailure(() => fit(model, inputShape));

describe('share_weights_with', () => {
  it('lists a parameter once, under the layer that has it, wherever that stands', () => {
    const model = fit([dense({ share_weights_with: 'b' }), dense({ name: 'b' }), dense({ share_weights_with: 'dense_1' })]);
    expect(model.parameters.map(({ name, layer }) => `${layer}: ${name}`)).toEqual(['b: b/kernel', 'b: b/bias']);
    expect(model.graph.nodes.map(({ weightsOf }) => weightsOf?.layer)).toEqual(['b', undefined, 'b']);
    expect([...trainingProgram(model, 2).updates.keys()]).toEqual(['b/kernel', 'b/bias']);
  });

  it('adds up the gradients: as the product of a matrix with itself has them', () => {
    const linear = { use_bias: false };
    const model = fit([dense({ ...linear }), dense({ ...linear, share_weights_with: 'dense_1' })]);
    const own = fit([dense({ ...linear }), dense({ ...linear })]);
    const values = normal([4, 4], 1).values;
    const inputs = { input: normal([3, 4], 2).values, target: [0, 3, 1] };
    const shared = runProgram(inspectionProgram(model, 3, true), inputs, { 'dense_1/kernel': values });
    const separate = runProgram(inspectionProgram(own, 3, true), inputs, { 'dense_1/kernel': values, 'dense_2/kernel': values });
    const [first, second] = ['dense_1', 'dense_2'].map((layer) => separate.output(names.gradient(`${layer}/kernel`)));
    expect(shared.output('loss')).toEqual(separate.output('loss'));
    shared.output(names.gradient('dense_1/kernel')).forEach((gradient, i) => {
      expect(gradient).toBeCloseTo(first![i]! + second![i]!, 12);
    });
  });

  it('finds names in the same list, then further out, then in full', () => {
    const block = (name: string, more: object = {}) => ({
      type: 'sequential',
      name,
      layers: [dense({ name: 'a' }), dense(more)],
    });
    expect(
      owners([dense({ name: 'a' }), block('x', { share_weights_with: 'a' }), block('y', { share_weights_with: 'x.a' })]),
    ).toEqual(['a', 'x.a', 'x.dense_1 = x.a', 'y.a', 'y.dense_1 = x.a']);
    const inner = { type: 'sequential', name: 'x', layers: [dense({ share_weights_with: 'a' })] };
    expect(owners([dense({ name: 'a' }), inner])).toEqual(['a', 'x.dense_1 = a']);
  });

  it('of a container shares its layers one by one', () => {
    const tower = (more: object) => ({
      type: 'residual',
      layers: [dense(), { type: 'dropout', rate: 0.1 }, dense()],
      shortcut: [dense()],
      ...more,
    });
    const model = [
      tower({ name: 'b', inputs: 'input', share_weights_with: 'a' }),
      tower({ name: 'a', inputs: 'input' }),
      { type: 'add', inputs: ['a', 'b'] },
    ];
    expect(owners(model).filter((one) => one.includes('dense'))).toEqual([
      ...['b.dense_1 = a.dense_1', 'b.dense_2 = a.dense_2', 'b.shortcut.dense_1 = a.shortcut.dense_1'],
      ...['a.dense_1', 'a.dense_2', 'a.shortcut.dense_1'],
    ]);
    expect(fit(model).parameters.map(({ layer }) => layer)).toEqual(
      ['a.dense_1', 'a.dense_2', 'a.shortcut.dense_1'].flatMap((one) => [one, one]),
    );
  });

  it('of repeat makes all times use the first, in repeats of repeats too', () => {
    const repeat = (share_weights: boolean, ...layers: object[]) => ({ type: 'repeat', times: 2, share_weights, layers });
    expect(owners([repeat(true, repeat(false, dense()))])).toEqual([
      'repeat_1.0.repeat_1.0.dense_1',
      'repeat_1.0.repeat_1.1.dense_1',
      'repeat_1.1.repeat_1.0.dense_1 = repeat_1.0.repeat_1.0.dense_1',
      'repeat_1.1.repeat_1.1.dense_1 = repeat_1.0.repeat_1.1.dense_1',
    ]);
    const all = fit([repeat(true, repeat(true, dense()))]);
    expect(all.graph.nodes.map(({ weightsOf }) => weightsOf?.layer)).toEqual([
      undefined,
      ...Array.from({ length: 3 }, () => 'repeat_1.0.repeat_1.0.dense_1'),
    ]);
    expect(all.parameters).toHaveLength(2);
  });

  it('leaves running statistics to each layer', () => {
    const model = fit([dense(), { type: 'batch_norm', name: 'a' }, dense(), { type: 'batch_norm', share_weights_with: 'a' }]);
    expect(model.parameters.map(({ name }) => name).filter((name) => name.startsWith('a/'))).toEqual(['a/gamma', 'a/beta']);
    expect(model.statistics.map(({ layer }) => layer)).toEqual(['a', 'a', 'batch_norm_1', 'batch_norm_1']);
  });
});

describe('share_weights_with refuses', () => {
  const path = 'model.1.share_weights_with';

  it('a name that there is not, and suggests one', () => {
    const error = failure([dense({ name: 'encoder' }), dense({ share_weights_with: 'encodr' })]);
    expect(problemsOf(error)).toEqual([`${path}: there is no layer named "encodr"`]);
    expect(error.hint).toBe('did you mean "encoder"?');
    const far = failure([
      dense({ name: 'encoder' }),
      dense({ share_weights_with: 'xyz' }),
      { type: 'activation', function: 'relu' },
    ]);
    expect(far.hint).toBe('layers of this type: encoder');
    expect(failure([dense({ share_weights_with: 'xyz' })]).hint).toBe('the model has no other dense');
  });

  it('a layer of another type, itself, and a circle', () => {
    const norm = { type: 'prelu', name: 'p' };
    expect(problemsOf(failure([norm, dense({ share_weights_with: 'p' })]))).toEqual([
      `${path}: "p" is of type prelu, and this is a dense`,
    ]);
    expect(problemsOf(failure([dense(), dense({ name: 'a', share_weights_with: 'a' })]))).toEqual([
      `${path}: "a" is this layer itself`,
    ]);
    const circle = failure([dense({ share_weights_with: 'dense_2' }), dense({ share_weights_with: 'dense_1' })]);
    expect(circle.problems[0]!.message).toBe('no layer has weights of its own: dense_1 <- dense_2 <- dense_1');
  });

  it('other shapes, with both, whichever layer comes first', () => {
    const shared = dense({ name: 'a', units: 3 });
    const error = failure([shared, dense({ share_weights_with: 'a' })]);
    expect(problemsOf(error)).toEqual([
      `${path}: layer "dense_1" cannot use the weights of "a": its kernel would be [3, 4], and that of "a" is [4, 3]`,
    ]);
    const before = failure([dense({ units: 3, share_weights_with: 'a' }), dense({ name: 'a' })]);
    expect(problemsOf(before)).toEqual([
      'model.0.share_weights_with: layer "dense_1" cannot use the weights of "a": its kernel would be [4, 3], and that of "a" is [3, 4]',
    ]);
    const repeat = failure([{ type: 'repeat', times: 2, share_weights: true, layers: [dense()] }], [5]);
    expect(problemsOf(repeat)[0]).toMatch(/^model\.0\.share_weights: layer "repeat_1\.1\.dense_1" cannot use the weights of/);
  });

  it('a parameter that the other has not, and layers without any', () => {
    expect(problemsOf(failure([dense({ use_bias: false }), dense({ share_weights_with: 'dense_1' })]))).toEqual([
      `${path}: layer "dense_2" has a bias, and "dense_1" has none to share`,
    ]);
    const dropout = { type: 'dropout', rate: 0.1 };
    const error = failure([dropout, { ...dropout, share_weights_with: 'dropout_1' }, dense()]);
    expect(problemsOf(error)).toEqual([`${path}: layer "dropout_2" (dropout) has no weights to share`]);
  });

  it('to freeze what is trained elsewhere', () => {
    const error = failure([dense(), dense({ share_weights_with: 'dense_1', trainable: false })]);
    expect(problemsOf(error)).toEqual([
      'model.1.trainable: "dense_2" is not to be trained, and "dense_1", whose weights it uses, is',
    ]);
    const frozen = dense({ trainable: false });
    expect(fit([frozen, { ...frozen, share_weights_with: 'dense_1' }, dense()]).trained.map(({ layer }) => layer)).toEqual([
      'dense_3',
      'dense_3',
    ]);
  });

  it('containers whose layers differ, at the place that says they share', () => {
    const tower = (name: string, layers: object[], more: object = {}) => ({ type: 'sequential', name, layers, ...more });
    const missing = failure([tower('a', [dense()]), tower('b', [dense(), dense()], { share_weights_with: 'a' })]);
    expect(problemsOf(missing)).toEqual([`${path}: "a" has no such layer as "b.dense_2" (dense)`]);
    const other = failure([
      tower('a', [{ type: 'prelu', name: 'x' }]),
      tower('b', [dense({ name: 'x' })], { share_weights_with: 'a' }),
    ]);
    expect(problemsOf(other)).toEqual([`${path}: "a" has a prelu in its place as "b.x" (dense)`]);
  });
});
