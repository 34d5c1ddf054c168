import { describe, expect, it } from 'vitest';
import { CpuBackend } from '../../src/backends/cpu/cpu.js';
import { GraphError } from '../../src/graph/graph-error.js';
import { fitModel, names, trainingProgram } from '../../src/graph/programs.js';
import { slotTensors } from '../../src/graph/training-state.js';
import { updateInputs } from '../../src/graph/update.js';
import { size } from '../../src/shape.js';
import { captureState, initialize } from '../../src/train/checkpoint-state.js';
import { newProgress } from '../../src/train/progress.js';
import { dataOf, experiment, originOf } from './experiment.js';

const layers = [
  { type: 'conv2d', filters: 2, kernel_size: 3 },
  { type: 'flatten' },
  { type: 'dense', units: 6 },
  { type: 'dense', units: 3 },
];

const fit = (optimizer: object, changes: Record<number, object> = {}) =>
  fitModel(
    experiment(
      layers.map((layer, i) => ({ ...layer, ...changes[i] })),
      { optimizer },
    ),
    dataOf([5, 5, 1], 3),
  );

const adam = { type: 'adam', weight_decay: 0.1 };

function failure(optimizer: object, changes?: Record<number, object>): Pick<GraphError, 'path' | 'message' | 'problems'> {
  try {
    fit(optimizer, changes);
  } catch (error) {
    if (error instanceof GraphError) return error;
    throw error;
  }
  throw new Error('no GraphError');
}

const trainedNames = (...args: Parameters<typeof fit>) => fit(...args).trained.map(({ name }) => name);

describe('what is trained', () => {
  it('is everything by default, and nothing of a layer that is not trainable', () => {
    expect(fit(adam).trained).toHaveLength(6);
    expect(trainedNames(adam, { 0: { trainable: false } })).toEqual([
      'dense_1/kernel',
      'dense_1/bias',
      'dense_2/kernel',
      'dense_2/bias',
    ]);
    expect(fit(adam, { 0: { trainable: true }, 1: { trainable: false } }).trained).toHaveLength(6);
  });

  it('is what the groups say, the last one that says it, and before the layer', () => {
    const groups = [
      { match: '*', trainable: false },
      { match: ['dense_2/*', 'conv2d_1/kernel'], trainable: true },
      { match: '*/bias', trainable: false },
      { match: '*', weight_decay: 0 },
    ];
    expect(trainedNames({ ...adam, groups }, { 0: { trainable: false } })).toEqual(['conv2d_1/kernel', 'dense_2/kernel']);
  });

  it('has the options of every group that matches, the last one before the others', () => {
    const groups = [
      { match: '*/bias', weight_decay: 0, learning_rate_multiplier: 2 },
      { match: 'dense_?/*', beta_1: 0.5, learning_rate_multiplier: 3 },
      { match: 'dense_2/bias', beta_1: 0.6, amsgrad: true },
    ];
    const model = fit({ ...adam, groups });
    const { trained } = model;
    const found = trained.map(({ options, learningRateMultiplier, settings }) => [
      ...[options.weight_decay, options.beta_1, options.amsgrad],
      ...[learningRateMultiplier, settings],
    ]);
    expect(found).toEqual([
      [0.1, 0.9, false, 1, 0],
      [0, 0.9, false, 2, 1],
      [0.1, 0.5, false, 3, 2],
      [0, 0.5, false, 3, 3],
      [0.1, 0.5, false, 3, 2],
      [0, 0.6, true, 3, 4],
    ]);
    expect(slotTensors(trained).filter(({ name }) => name.endsWith('largest_mean_square'))).toHaveLength(1);
    const inputs = updateInputs(model, { step: 1, learningRate: 0.1 });
    expect(inputs.get('optimizer/step_size')).toBeCloseTo(0.1 / 0.1, 12);
    expect(inputs.get('optimizer/1/step_size')).toBeCloseTo(0.2 / 0.1, 12);
    expect(inputs.get('optimizer/4/step_size')).toBeCloseTo(0.3 / 0.4, 12);
    expect([...inputs.keys()].sort()).toEqual([...trainingProgram(model, 2).inputs.keys()].filter(isScalar).sort());
  });

  it('has no numbers of settings that no parameter has', () => {
    const model = fit({ ...adam, groups: [{ match: '*', beta_1: 0.5 }] });
    const inputs = updateInputs(model, { step: 1, learningRate: 0.1 });
    expect([...inputs.keys()].every((name) => name.startsWith('optimizer/1/'))).toBe(true);
  });
});

const isScalar = (name: string): boolean => name.startsWith('optimizer/');

describe('a frozen parameter', () => {
  const whole = trainingProgram(fit(adam), 4);
  const model = fit(adam, { 0: { trainable: false } });
  const program = trainingProgram(model, 4);

  it('has no slots, no update and no gradient ops', () => {
    expect([...program.state.keys()].filter((name) => name.startsWith('conv2d_1'))).toEqual(['conv2d_1/kernel', 'conv2d_1/bias']);
    expect([...program.updates.keys()].filter((name) => name.startsWith('conv2d_1'))).toEqual([]);
    expect(program.ops.some(({ scope, phase }) => scope === 'conv2d_1' && phase === 'gradient')).toBe(false);
    expect(whole.ops.some(({ scope, phase }) => scope === 'conv2d_1' && phase === 'gradient')).toBe(true);
    // Nothing below needs the gradient of the flattened image either.
    expect(program.ops.filter(({ phase }) => phase === 'gradient').length).toBeLessThan(
      whole.ops.filter(({ phase }) => phase === 'gradient').length - 1,
    );
  });

  it('lets gradients pass to the layers before it', () => {
    const between = trainingProgram(fit(adam, { 2: { trainable: false } }), 4);
    expect(between.updates.has('conv2d_1/kernel')).toBe(true);
    expect(between.updates.has('dense_1/kernel')).toBe(false);
    expect(between.state.has(names.slot('dense_1/kernel', 'mean'))).toBe(false);
  });
});

describe('a layer that is not trainable', () => {
  it('normalizes by its running statistics, which stay as they are', () => {
    const layers = (trainable: boolean) => [
      { type: 'batch_norm', trainable },
      { type: 'dense', units: 3 },
    ];
    const [frozen, free] = [false, true].map((trainable) =>
      trainingProgram(fitModel(experiment(layers(trainable)), dataOf([4], 3)), 8),
    );
    const updated = (program: typeof frozen) => [...program!.updates.keys()].filter((name) => name.startsWith('batch_norm'));
    expect(updated(free)).toHaveLength(4);
    expect(updated(frozen)).toEqual([]);
    expect(frozen!.ops.some(({ scope, attributes }) => scope === 'batch_norm_1' && attributes.kind === 'reduce')).toBe(false);
  });
});

describe('a parameter that the loss does not depend on', () => {
  it('is kept with its slots, on the device too, and stays as it is', async () => {
    const model = fitModel(
      experiment(
        [
          { type: 'dense', name: 'spare', units: 3, inputs: 'input' },
          { type: 'dense', name: 'main', units: 3, inputs: 'input' },
        ],
        { optimizer: adam, metrics: [{ type: 'accuracy', output: 'spare' }] },
      ),
      dataOf([4], 3),
    );
    const program = trainingProgram(model, 2);
    expect(program.updates.has('spare/kernel')).toBe(false);
    const session = await new CpuBackend({ threads: 1 }).open({ train: program });
    await initialize(session, model);
    const before = await captureState(session, model, newProgress(), originOf(dataOf([4], 3)));
    const inputs = [...program.inputs].map(([name, id]) => [name, new Float32Array(size(program.shapes[id]!)).fill(1)] as const);
    await session.executable('train').run(new Map(inputs));
    const after = await captureState(session, model, newProgress(), originOf(dataOf([4], 3)));
    for (const [name, { data }] of before.tensors) {
      if (name.startsWith('spare/')) expect(after.tensors.get(name)!.data, name).toEqual(data);
      else expect(after.tensors.get(name)!.data, name).not.toEqual(data);
    }
    await session.dispose();
  });
});

describe('groups that make no sense', () => {
  it('match nothing: each pattern is told at its place', () => {
    const groups = [{ match: '*/biass' }, { match: ['dense_1/*', 'dense_9/bias', 'zzz'] }];
    expect(failure({ ...adam, groups }).problems).toEqual([
      {
        path: ['optimizer', 'groups', 0, 'match'],
        message: 'no parameter matches "*/biass"',
        hint: 'did you mean "*/bias"?',
      },
      {
        path: ['optimizer', 'groups', 1, 'match', 1],
        message: 'no parameter matches "dense_9/bias"',
        hint: 'did you mean "dense_1/bias"?',
      },
      {
        path: ['optimizer', 'groups', 1, 'match', 2],
        message: 'no parameter matches "zzz"',
        hint: 'parameters: conv2d_1/kernel, conv2d_1/bias, dense_1/kernel, dense_1/bias, dense_2/kernel, dense_2/bias',
      },
    ]);
  });

  it('freeze everything: the error is where the last of it was frozen', () => {
    const frozen = { trainable: false };
    const message = 'no parameter is left to train: all 6 are frozen';
    expect(failure(adam, { 0: frozen, 2: frozen, 3: frozen })).toMatchObject({ path: ['model', 0, 'trainable'], message });
    const groups = [
      { match: '*/kernel', trainable: false },
      { match: '*/bias', trainable: false },
    ];
    expect(failure({ ...adam, groups })).toMatchObject({ path: ['optimizer', 'groups', 1, 'trainable'], message });
  });
});
