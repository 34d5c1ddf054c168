import { describe, expect, it } from 'vitest';
import { GraphError } from '../../src/graph/graph-error.js';
import { evaluationProgram, fitModel, inspectionProgram, trainingProgram } from '../../src/graph/programs.js';
import { size } from '../../src/shape.js';
import { dataOf, experiment, mnistCnn } from './experiment.js';

const fit = (model: object[], inputShape: number[], classes = 10) => fitModel(experiment(model), dataOf(inputShape, classes));

function failure(model: object[], inputShape: number[]): GraphError {
  try {
    fit(model, inputShape);
  } catch (error) {
    if (error instanceof GraphError) return error;
    throw error;
  }
  throw new Error('no GraphError');
}

describe('fitModel', () => {
  it('finds the 1,199,882 parameters of the MNIST CNN', () => {
    const { parameters } = fit(mnistCnn, [28, 28, 1]);
    expect(Object.fromEntries(parameters.map(({ name, shape }) => [name, shape]))).toEqual({
      'conv2d_1/kernel': [3, 3, 1, 32],
      'conv2d_1/bias': [32],
      'conv2d_2/kernel': [3, 3, 32, 64],
      'conv2d_2/bias': [64],
      'dense_1/kernel': [9216, 128],
      'dense_1/bias': [128],
      'dense_2/kernel': [128, 10],
      'dense_2/bias': [10],
    });
    expect(parameters.reduce((sum, { shape }) => sum + size(shape), 0)).toBe(1_199_882);
  });

  it('leaves biases out where they are not wanted', () => {
    const { parameters } = fit([{ type: 'dense', units: 10, use_bias: false }], [4]);
    expect(parameters.map(({ name }) => name)).toEqual(['dense_1/kernel']);
  });

  it('counts the fans that initial values are scaled by', () => {
    const conv = { type: 'conv2d', filters: 8, kernel_size: [3, 2], groups: 2 };
    const { parameters } = fit([conv, { type: 'flatten' }, { type: 'dense', units: 10 }], [5, 4, 4]);
    expect(parameters[0]).toMatchObject({ shape: [3, 2, 2, 8], fans: { fanIn: 12, fanOut: 24 } });
    expect(parameters[2]).toMatchObject({ shape: [72, 10], fans: { fanIn: 72, fanOut: 10 } });
  });
});

describe('fitModel refuses', () => {
  it('a kernel larger than its input, with both shapes', () => {
    const error = failure(
      [{ type: 'conv2d', filters: 2, kernel_size: 5 }, { type: 'flatten' }, { type: 'dense', units: 10 }],
      [3, 8, 1],
    );
    expect(error.path).toEqual(['model', 0]);
    expect(error.message).toBe(
      'layer "conv2d_1" (conv2d) cannot take its input: a window of height 5 does not fit into an input of height 3',
    );
    expect(error.hint).toBe('it reads "input" of shape [batch, 3, 8, 1]');
  });

  it('pooling that has eaten the image, at the layer where it happens', () => {
    const pool = { type: 'max_pool2d' };
    const error = failure([pool, pool, pool, { type: 'flatten' }, { type: 'dense', units: 10 }], [4, 4, 1]);
    expect(error.path).toEqual(['model', 2]);
    expect(error.message).toContain('"max_pool2d_3"');
    expect(error.hint).toContain('[batch, 1, 1, 1]');
  });

  it('pooling padded by a whole window', () => {
    const error = failure([{ type: 'max_pool2d', padding: 2 }, { type: 'flatten' }, { type: 'dense', units: 10 }], [4, 4, 1]);
    expect(error.message).toContain('the padding must be smaller than the pooling window [2, 2]');
  });

  it('an image where a table is, and a table where an image is', () => {
    expect(failure([{ type: 'conv2d', filters: 2, kernel_size: 1 }], [4]).message).toContain('[batch, height, width, channels]');
    expect(failure([{ type: 'max_pool2d' }], [4]).message).toContain('[batch, height, width, channels]');
  });

  it('groups that do not divide the channels', () => {
    const error = failure([{ type: 'conv2d', filters: 4, kernel_size: 1, groups: 2 }], [4, 4, 3]);
    expect(error.message).toContain('groups: 2 must divide the 3 input channels and the 4 filters');
  });

  it('a sum of unequal shapes, with both', () => {
    const error = failure(
      [
        { type: 'dense', units: 3, name: 'a', inputs: 'input' },
        { type: 'dense', units: 4, name: 'b', inputs: 'input' },
        { type: 'add', inputs: ['a', 'b'] },
      ],
      [5],
    );
    expect(error.path).toEqual(['model', 2]);
    expect(error.hint).toBe('it reads "a" of shape [batch, 3] and "b" of shape [batch, 4]');
  });

  it('an output that is not one value per class, and says how many there are', () => {
    const error = failure([{ type: 'dense', units: 7 }], [4]);
    expect(error.path).toEqual(['model', 0]);
    expect(error.message).toBe("the model's output is [batch, 7], but the data set has 10 classes");
    expect(error.hint).toContain('units: 10');
  });

  it('an output that still has the axes of an image', () => {
    const error = failure([{ type: 'dense', units: 10 }], [4, 4, 1]);
    expect(error.path).toEqual(['model', 0]);
    expect(error.message).toContain('[batch, 4, 4, 10]');
    expect(error.hint).toContain('flatten');
  });
});

describe('the programs of a model', () => {
  const model = fitModel(experiment(mnistCnn, { optimizer: { type: 'adam' }, metrics: ['accuracy'] }), dataOf([28, 28, 1]));

  it('share their parameters by name and shape', () => {
    const [training, evaluation] = [trainingProgram(model, 64), evaluationProgram(model, 100)];
    for (const { name, shape } of model.parameters) {
      for (const program of [training, evaluation]) expect(program.shapes[program.state.get(name)!]).toEqual(shape);
    }
    expect(evaluation.updates.size).toBe(0);
  });

  it('update every parameter and every slot in training', () => {
    const { state, updates } = trainingProgram(model, 64);
    expect([...updates.keys()].sort()).toEqual([...state.keys()].sort());
    expect(updates.size).toBe(3 * model.parameters.length);
  });

  it('draw random numbers for dropout in training only', () => {
    expect(trainingProgram(model, 64).random.map(({ purpose }) => purpose)).toEqual(['dropout_1', 'dropout_2']);
    expect(evaluationProgram(model, 64).random).toEqual([]);
  });

  it('never differentiate by the data: no convolution gradient reaches the first layer', () => {
    const kinds = trainingProgram(model, 64).ops.map(({ attributes }) => attributes.kind);
    expect(kinds.filter((kind) => kind === 'conv2d_filter_gradient')).toHaveLength(2);
    expect(kinds.filter((kind) => kind === 'conv2d_input_gradient')).toHaveLength(1);
  });

  it('show every layer and every gradient for inspection', () => {
    const { outputs, updates } = inspectionProgram(model, 4, false);
    expect([...outputs.keys()].filter((name) => name.startsWith('gradient/'))).toHaveLength(8);
    expect([...outputs.keys()].filter((name) => name.startsWith('layer/'))).toHaveLength(8);
    expect(updates.size).toBe(0);
  });
});
