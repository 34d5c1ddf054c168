import { type DatasetInfo, classification } from '../catalog/dataset.js';
import { type Model, fitModel } from '../graph/programs.js';
import { experimentSchema } from '../spec/experiment.js';

const length = { trainLength: 1, testLength: 1 };
const sgd = { type: 'sgd', learning_rate: 0.001, momentum: 0.5 };

/** A network to time: the data it reads, its layers and its optimizer. */
function network(info: DatasetInfo, layers: object[], optimizer: object = sgd): () => Model {
  return () => {
    const experiment = experimentSchema.parse({
      version: 1,
      name: 'bench',
      data: { dataset: 'mnist' },
      model: layers,
      loss: 'cross_entropy',
      optimizer,
    });
    return fitModel(experiment, info);
  };
}

const images = (shape: number[], classes = 10): DatasetInfo => classification(shape, classes, length);

/** Pieces of text, each character to be told from those before it. */
function text(steps: number, characters: number): DatasetInfo {
  const field = { kind: 'class', shape: [steps], classes: characters } as const;
  return { inputs: { input: field }, targets: { target: field }, ...length };
}

const adam = { type: 'adam', learning_rate: 0.001 };
const dense = (units: number, activation = 'linear') => ({ type: 'dense', units, activation });

/** ResNet-20 for images of 32 x 32 (He et al., 2015, section 4.2), with convolutions as shortcuts where the shape changes. */
function resnet20(): object[] {
  const convolution = (filters: number, kernel_size: number, strides: number): object[] => [
    { type: 'conv2d', filters, kernel_size, strides, padding: (kernel_size - 1) / 2, use_bias: false },
    { type: 'batch_norm' },
  ];
  const relu = { type: 'activation', function: 'relu' };
  const block = (filters: number, strides: number): object => ({
    type: 'residual',
    layers: [...convolution(filters, 3, strides), relu, ...convolution(filters, 3, 1)],
    ...(strides > 1 ? { shortcut: convolution(filters, 1, strides) } : {}),
    activation: 'relu',
  });
  const stage = (filters: number, strides: number): object[] => [block(filters, strides), block(filters, 1), block(filters, 1)];
  const blocks = [...stage(16, 1), ...stage(32, 2), ...stage(64, 2)];
  return [...convolution(16, 3, 1), relu, ...blocks, { type: 'global_average_pool2d' }, dense(10)];
}

/** A language model of causal Transformer blocks, norms first (Radford et al., 2019), of 826,208 parameters. */
function tinyGpt(): object[] {
  return [
    { type: 'embedding', input_dim: 96, output_dim: 128 },
    { type: 'positional_encoding', encoding: 'learned' },
    { type: 'transformer_encoder', heads: 4, layers: 4, activation: 'gelu', norm_first: true, causal: true },
    { type: 'layer_norm' },
    dense(96),
  ];
}

/** The networks that `nn bench` times, the same as the PyTorch programs they are set beside. */
export const benchmarks: Readonly<Record<string, () => Model>> = {
  'mnist-cnn': network(images([28, 28, 1]), [
    { type: 'conv2d', filters: 32, kernel_size: 3, activation: 'relu' },
    { type: 'conv2d', filters: 64, kernel_size: 3, activation: 'relu' },
    { type: 'max_pool2d', pool_size: 2 },
    { type: 'dropout', rate: 0.25 },
    { type: 'flatten' },
    dense(128, 'relu'),
    { type: 'dropout', rate: 0.25 },
    dense(10),
  ]),
  mlp: network(images([28, 28, 1]), [{ type: 'flatten' }, dense(256, 'relu'), dense(128, 'relu'), dense(10)]),
  resnet20: network(images([32, 32, 3]), resnet20()),
  'char-lstm': network(
    text(64, 96),
    [{ type: 'embedding', input_dim: 96, output_dim: 64 }, { type: 'lstm', units: 128, return_sequences: true }, dense(96)],
    adam,
  ),
  'tiny-gpt': network(text(64, 96), tinyGpt(), adam),
  'tiny-mlp': network(images([4], 3), [dense(16, 'tanh'), dense(3)]),
};

export const benchmarkNames = Object.keys(benchmarks);
