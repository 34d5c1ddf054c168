import { type DatasetInfo, classification, fieldsOf } from '../../src/catalog/dataset.js';
import { type Model, fitModel } from '../../src/graph/programs.js';
import { initialWeights } from '../../src/graph/model.js';
import { trainingState } from '../../src/graph/training-state.js';
import { updateInputs } from '../../src/graph/update.js';
import type { Program } from '../../src/program/program.js';
import { randomInteger, randomUniform, streamKey } from '../../src/random.js';
import { size } from '../../src/shape.js';
import { experimentSchema } from '../../src/spec/experiment.js';

const learningRate = 0.01;

const lengths = { trainLength: 100, testLength: 10 };

/** A model for made-up data. */
export function modelOf(inputShape: number[], classes: number, layers: object[], optimizer: object, train: object = {}): Model {
  return modelFor(classification(inputShape, classes, lengths), layers, optimizer, train);
}

function modelFor(info: DatasetInfo, layers: object[], optimizer: object, train: object = {}): Model {
  const experiment = experimentSchema.parse({
    version: 1,
    name: 'conformance',
    data: { dataset: 'mnist' },
    model: layers,
    loss: { type: 'cross_entropy' },
    optimizer,
    metrics: ['accuracy'],
    train,
  });
  return fitModel(experiment, info);
}

/** The initial values of every parameter and statistic. */
export function initialParameters(model: Model): Map<string, Float32Array> {
  return initialWeights(model, 5);
}

/** The initial values of everything that a training program keeps. */
export function initialState(model: Model): Map<string, Float32Array> {
  const weights = initialParameters(model);
  const others = trainingState(model).map(({ name, shape, initial }) => {
    const values = typeof initial === 'number' ? new Float32Array(size(shape)).fill(initial) : weights.get(initial.weight)!;
    return [name, values] as const;
  });
  return new Map([...weights, ...others]);
}

/** Every input of a model's program for one step: random images and classes, the optimizer's numbers, random keys. */
export function stepInputs(model: Model, program: Program, step: number): Map<string, Float32Array> {
  const inputs = new Map<string, Float32Array>();
  for (const [name, id] of program.inputs) {
    const key = streamKey(9, name, step);
    const length = size(program.shapes[id]!);
    const value = (i: number): number => {
      const field = fieldsOf(model.info)[name];
      if (field?.kind === 'class') return Math.floor(randomUniform(key, i) * field.classes);
      if (name.startsWith('random/')) return randomInteger(key, i) % 2 ** 24;
      return 2 * randomUniform(key, i) - 1;
    };
    inputs.set(
      name,
      Float32Array.from({ length }, (_, i) => value(i)),
    );
  }
  for (const [name, value] of updateInputs(model, { step, learningRate, samples: 17 })) {
    if (program.inputs.has(name)) inputs.set(name, Float32Array.of(value));
  }
  return inputs;
}

const cnn = [
  { type: 'conv2d', filters: 4, kernel_size: 3, activation: 'relu' },
  { type: 'conv2d', filters: 6, kernel_size: 3, strides: 2, padding: 'same', groups: 2, activation: 'tanh' },
  { type: 'max_pool2d', pool_size: 2 },
  { type: 'dropout', rate: 0.25 },
  { type: 'flatten' },
  { type: 'dense', units: 9, activation: 'sigmoid' },
  { type: 'dropout', rate: 0.5 },
  { type: 'dense', units: 5 },
];
const mlp = [
  { type: 'dense', units: 16, activation: 'relu' },
  { type: 'dense', units: 11, activation: 'leaky_relu' },
  { type: 'prelu' },
  { type: 'dropout', rate: 0.3 },
  { type: 'dense', units: 3 },
];
/** For what is not about layers: parameters of each shape, and few kernels, which a GPU takes long to compile. */
const fewConvolutions = [cnn[0]!, cnn[1]!, { type: 'flatten' }, { type: 'dense', units: 5 }];
const twoDense = [
  { type: 'dense', units: 11, activation: 'tanh' },
  { type: 'dense', units: 3 },
];
/** A convolution and a block around which its input is led, with every normalising layer. */
export const normalised = [
  { type: 'conv2d', filters: 4, kernel_size: 3, use_bias: false },
  { type: 'batch_norm' },
  { type: 'activation', function: 'tanh', name: 'start' },
  { type: 'conv2d', filters: 8, kernel_size: 3, strides: 2, padding: 'same', use_bias: false },
  { type: 'batch_norm', momentum: 0.3, epsilon: 0.01 },
  { type: 'activation', function: 'tanh' },
  { type: 'conv2d', filters: 8, kernel_size: 3, padding: 'same', use_bias: false },
  { type: 'batch_norm', name: 'block' },
  { type: 'conv2d', filters: 8, kernel_size: 1, strides: 2, inputs: 'start', use_bias: false },
  { type: 'batch_norm', name: 'around' },
  { type: 'add', inputs: ['block', 'around'] },
  { type: 'group_norm', groups: 2 },
  { type: 'flatten' },
  { type: 'dense', units: 9 },
  { type: 'layer_norm' },
  { type: 'activation', function: 'tanh' },
  { type: 'dense', units: 7 },
  { type: 'rms_norm' },
  { type: 'dense', units: 3 },
];
/** Every recurrent layer, in both directions and stacked. */
export const recurrent = [
  { type: 'lstm', units: 8, return_sequences: true },
  { type: 'gru', units: 5, bidirectional: true, return_sequences: true },
  { type: 'simple_rnn', units: 7, num_layers: 2, dropout: 0.3, return_sequences: true },
  { type: 'gru', units: 9 },
  { type: 'dense', units: 3 },
];
/** Words, of which the first is padding. */
const words: DatasetInfo = {
  inputs: { input: { kind: 'class', shape: [4], classes: 4 } },
  targets: { target: { kind: 'class', shape: [], classes: 3 } },
  ...lengths,
};
const padded = [
  { type: 'embedding', input_dim: 4, output_dim: 5, mask_zero: true },
  { type: 'lstm', units: 6, return_sequences: true },
  { type: 'gru', units: 4, bidirectional: true },
  { type: 'dense', units: 3 },
];
// With its usual epsilon Adam turns the sign of a rounding error into a whole step.
const adam = { type: 'adam', epsilon: 1e-3 };

/** Models that are trained for a few steps, by name. */
export const trainedModels: { readonly [name: string]: () => Model } = {
  'a convolutional network with SGD': () =>
    modelOf([11, 10, 2], 5, fewConvolutions, { type: 'sgd', momentum: 0.9, nesterov: true, weight_decay: 0.01 }),
  'a convolutional network with Adam': () => modelOf([11, 10, 2], 5, cnn, adam),
  'a normalised network with SGD': () => modelOf([9, 8, 2], 3, normalised, { type: 'sgd', momentum: 0.9 }),
  'a recurrent network with SGD': () => modelOf([3, 4], 3, recurrent, { type: 'sgd', momentum: 0.9 }),
  'a recurrent network over padded words with Adam': () => modelFor(words, padded, adam),
  'a perceptron with SGD': () => modelOf([7], 3, mlp, { type: 'sgd' }),
  'a perceptron with AdamW': () => modelOf([7], 3, twoDense, { ...adam, type: 'adamw', amsgrad: true }),
  'a convolutional network with Adafactor': () =>
    modelOf([11, 10, 2], 5, fewConvolutions, { type: 'adafactor', epsilon_1: 0.01 }),
  'a convolutional network with Muon': () => modelOf([11, 10, 2], 5, fewConvolutions, { type: 'muon', adamw_epsilon: 1e-3 }),
  'a convolutional network with groups, frozen parameters and a bounded norm': () =>
    modelOf([11, 10, 2], 5, fewConvolutions, {
      type: 'sgd',
      momentum: 0.9,
      clip: { type: 'global_norm', max: 0.1 },
      groups: [
        { match: '*/bias', learning_rate_multiplier: 2, momentum: 0 },
        { match: 'conv2d_2/*', trainable: false },
      ],
    }),
  'a convolutional network with penalties and largest norms': () =>
    modelOf(
      [11, 10, 2],
      5,
      fewConvolutions.map((layer) =>
        ['conv2d', 'dense'].includes(layer.type)
          ? { ...layer, kernel_regularizer: { l1: 0.01, l2: 0.02 }, kernel_constraint: { max_norm: 0.6 } }
          : layer,
      ),
      { type: 'sgd', momentum: 0.9 },
    ),
  'a perceptron with accumulated gradients and a moving average': () =>
    modelOf([7], 3, [...mlp.slice(0, 2), { type: 'batch_norm' }, ...mlp.slice(2)], adam, {
      accumulate_steps: 2,
      ema: { decay: 0.5 },
    }),
  ...Object.fromEntries(
    [
      { type: 'nadam', epsilon: 1e-3 },
      { type: 'radam', epsilon: 1e-3, beta_2: 0.5 },
      { type: 'adamax', epsilon: 1e-3 },
      { type: 'adagrad', initial_accumulator_value: 0.01 },
      { type: 'adadelta', epsilon: 0.01, weight_decay: 0.1, decoupled_weight_decay: true },
      { type: 'rmsprop', epsilon: 1e-3, centered: true, momentum: 0.9 },
      { type: 'lion', weight_decay: 0.1 },
      { type: 'lamb', epsilon: 1e-3, weight_decay: 0.1 },
    ].map((optimizer) => [`a perceptron with ${optimizer.type}`, () => modelOf([7], 3, twoDense, optimizer)]),
  ),
};
