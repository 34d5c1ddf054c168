import { describe, expect, it } from 'vitest';
import { GraphError } from '../../src/graph/graph-error.js';
import { evaluationProgram, fitModel, inspectionProgram, names, trainingProgram } from '../../src/graph/programs.js';
import { updateInputs } from '../../src/graph/update.js';
import type { Program } from '../../src/program/program.js';
import { normal, runProgram } from '../ops/run-program.js';
import { dataOf, experiment } from './experiment.js';

const layers = [{ type: 'conv2d', filters: 2, kernel_size: [2, 1] }, { type: 'flatten' }, { type: 'dense', units: 3 }];
const fit = (changes: Record<number, object> = {}, rest: Record<string, unknown> = {}) =>
  fitModel(
    experiment(
      layers.map((layer, i) => ({ ...layer, ...changes[i] })),
      rest,
    ),
    dataOf([3, 1, 2], 3),
  );
type Fitted = ReturnType<typeof fit>;

const batch = 4;
const inputs = { input: normal([batch, 3, 1, 2], 1).values, target: [0, 2, 1, 1] };
const statesOf = (program: Program): Record<string, readonly number[]> =>
  Object.fromEntries([...program.state].map(([name, id]) => [name, normal(program.shapes[id]!, name.length).values]));

/** The loss of a program with the same weights as all others. */
function lossOf(program: Program, states = statesOf(program)): number {
  return runProgram(program, inputs, states).output(names.loss)[0]!;
}

const sum = (values: readonly number[], of: (value: number) => number): number =>
  values.reduce((total, value) => total + of(value), 0);

/** What regularizers add to the loss, measured. */
const penaltyOf = (model: Fitted): number => lossOf(evaluationProgram(model, batch)) - lossOf(evaluationProgram(fit(), batch));

describe('a regularizer', () => {
  const weights = statesOf(evaluationProgram(fit(), batch));
  const absolute = (name: string): number => sum(weights[name]!, Math.abs);
  const squares = (name: string): number => sum(weights[name]!, (value) => value * value);

  it('of the experiment adds to the loss for all parameters that match, in training and in evaluation', () => {
    const all = ['conv2d_1/kernel', 'conv2d_1/bias', 'dense_1/kernel', 'dense_1/bias'];
    const everywhere = fit({}, { regularizer: { l1: 0.1, l2: 0.2 } });
    const expected = all.reduce((total, name) => total + 0.1 * absolute(name) + 0.2 * squares(name), 0);
    expect(penaltyOf(everywhere)).toBeCloseTo(expected, 10);
    expect(lossOf(inspectionProgram(everywhere, batch, true))).toBeCloseTo(lossOf(evaluationProgram(everywhere, batch)), 10);
    const kernels = fit({}, { regularizer: { l2: 0.2, match: '*/kernel' } });
    expect(penaltyOf(kernels)).toBeCloseTo(0.2 * (squares('conv2d_1/kernel') + squares('dense_1/kernel')), 10);
  });

  it('of a layer stands in its place', () => {
    const model = fit({ 0: { kernel_regularizer: { l1: 0.3 }, bias_regularizer: { l2: 0 } } }, { regularizer: { l2: 0.2 } });
    const expected = 0.3 * absolute('conv2d_1/kernel') + 0.2 * (squares('dense_1/kernel') + squares('dense_1/bias'));
    expect(penaltyOf(model)).toBeCloseTo(expected, 10);
  });

  it('counts only what is trained', () => {
    const model = fit({ 0: { trainable: false, kernel_regularizer: { l1: 0.3 } } }, { regularizer: { l2: 0.2 } });
    expect(penaltyOf(model)).toBeCloseTo(0.2 * (squares('dense_1/kernel') + squares('dense_1/bias')), 10);
  });

  it('counts weights that layers share once', () => {
    const shared = (rest: object) =>
      fitModel(
        experiment(
          [
            { type: 'dense', units: 3, kernel_regularizer: { l2: 1 } },
            { type: 'dense', units: 3, share_weights_with: 'dense_1' },
          ],
          rest as never,
        ),
        dataOf([3], 3),
      );
    expect(shared({}).trained.filter(({ regularizer }) => regularizer !== undefined)).toHaveLength(1);
    const reduces = trainingProgram(shared({}), batch).ops.filter(
      ({ scope, phase }) => scope === 'regularizer' && phase === 'forward',
    );
    expect(reduces.filter(({ attributes }) => attributes.kind === 'reduce')).toHaveLength(1);
  });

  it('has a gradient that differences agree with, but for where an absolute value has none', () => {
    const model = fit({ 2: { kernel_regularizer: { l1: 0.3, l2: 0.1 } } }, { regularizer: { l1: 0.2, l2: 0.4 } });
    const program = inspectionProgram(model, batch, true);
    const states = statesOf(program);
    const { output } = runProgram(program, inputs, states);
    for (const { name } of model.parameters) {
      const gradient = [...output(names.gradient(name))];
      gradient.forEach((found, i) => {
        const step = 1e-5;
        const at = (offset: number): number =>
          lossOf(program, { ...states, [name]: states[name]!.with(i, states[name]![i]! + offset) });
        expect(found).toBeCloseTo((at(step) - at(-step)) / (2 * step), 7);
      });
    }
    const zeros = Object.fromEntries(Object.entries(states).map(([name, values]) => [name, values.map(() => 0)]));
    const plain = runProgram(inspectionProgram(fit(), batch, true), inputs, zeros);
    const atZero = runProgram(program, inputs, zeros);
    const name = names.gradient('dense_1/kernel');
    expect([...atZero.output(name)]).toEqual([...plain.output(name)]);
  });
});

describe('a largest norm', () => {
  /** The parameters after one update of nothing: the learning rate is 0. */
  function updated(model: Fitted): { before: Record<string, readonly number[]>; after: (name: string) => number[] } {
    const program = trainingProgram(model, batch);
    const before = statesOf(program);
    const scalars = Object.fromEntries(
      [...updateInputs(model, { step: 1, learningRate: 0 })].map(([name, value]) => [name, [value]]),
    );
    const { state } = runProgram(program, { ...inputs, ...scalars }, before);
    return { before, after: (name) => [...state(name)] };
  }
  const norms = (values: readonly number[], columns: number): number[] =>
    Array.from({ length: columns }, (_, column) =>
      Math.sqrt(
        sum(
          values.filter((__, i) => i % columns === column),
          (v) => v * v,
        ),
      ),
    );

  it('bounds the weights of each output, and leaves smaller ones as they are', () => {
    const model = fit({ 0: { kernel_constraint: { max_norm: 1.5 } }, 2: { kernel_constraint: { max_norm: 100 } } });
    const { before, after } = updated(model);
    const kernel = 'conv2d_1/kernel';
    const [old, now] = [norms(before[kernel]!, 2), norms(after(kernel), 2)];
    expect(
      old.some((norm) => norm > 1.5),
      'the case that is tested for',
    ).toBe(true);
    now.forEach((norm, i) => expect(norm).toBeCloseTo(Math.min(old[i]!, 1.5), 6));
    expect(after('dense_1/kernel')).toEqual(before['dense_1/kernel']);
  });

  it('is that of a whole vector, and of the axes that are named', () => {
    const model = fit({ 2: { bias_constraint: { max_norm: 0.5 }, kernel_constraint: { max_norm: 0.5, axis: [0, 1] } } });
    const { after } = updated(model);
    for (const name of ['dense_1/bias', 'dense_1/kernel']) expect(norms(after(name), 1)[0]).toBeCloseTo(0.5, 6);
  });

  it('of 0 is not divided by', () => {
    const model = fit({ 2: { kernel_constraint: { max_norm: 1 } } });
    const program = trainingProgram(model, batch);
    const zeros = Object.fromEntries(Object.entries(statesOf(program)).map(([name, values]) => [name, values.map(() => 0)]));
    const scalars = Object.fromEntries(
      [...updateInputs(model, { step: 1, learningRate: 0 })].map(([name, value]) => [name, [value]]),
    );
    const { state } = runProgram(program, { ...inputs, ...scalars }, zeros);
    expect([...state('dense_1/kernel')].every((value) => value === 0)).toBe(true);
  });
});

describe('options of weights that make no sense', () => {
  const failure = (changes: Record<number, object>, rest?: Record<string, unknown>): GraphError => {
    try {
      fit(changes, rest);
    } catch (error) {
      if (error instanceof GraphError) return error;
      throw error;
    }
    throw new Error('no GraphError');
  };

  it.each<[string, Record<number, object>, Record<string, unknown>, object]>([
    [
      'a bias that there is none of',
      { 2: { use_bias: false, bias_regularizer: { l2: 1 } } },
      {},
      { path: ['model', 2, 'bias_regularizer'], message: 'layer "dense_1" has no bias as it is configured' },
    ],
    [
      'an axis that there is none of',
      { 2: { kernel_constraint: { max_norm: 1, axis: [0, 2] } } },
      {},
      { path: ['model', 2, 'kernel_constraint', 'axis'], message: 'there is no axis 2: the parameter has 2, from 0' },
    ],
    [
      'a pattern without a parameter',
      {},
      { regularizer: { l2: 1, match: ['*/kernel', '*/gama'] } },
      { path: ['regularizer', 'match', 1], message: 'no parameter matches "*/gama"' },
    ],
  ])('%s', (_, changes, rest, expected) => expect(failure(changes, rest)).toMatchObject(expected));

  it('of weights that are those of another layer', () => {
    const model = [
      { type: 'dense', units: 3 },
      { type: 'dense', units: 3, share_weights_with: 'dense_1', kernel_constraint: { max_norm: 1 } },
    ];
    expect(() => fitModel(experiment(model), dataOf([3], 3))).toThrow('layer "dense_2" has its weights from "dense_1"');
  });

  it('do not hinder copies that share the weights of a container', () => {
    const dense = { type: 'dense', units: 3, kernel_regularizer: { l2: 1 } };
    const model = [{ type: 'repeat', times: 3, share_weights: true, layers: [dense] }];
    expect(fitModel(experiment(model), dataOf([3], 3)).trained.filter(({ regularizer }) => regularizer)).toHaveLength(1);
  });
});
