import { type DatasetInfo, classification } from '../../src/catalog/dataset.js';
import { type Experiment, experimentSchema } from '../../src/spec/experiment.js';
import type { Origin } from '../../src/train/checkpoint-state.js';

/** An experiment as a config gives it, with only the model and what a test cares for written out. */
export function experiment(model: object[], rest: Record<string, unknown> = {}): Experiment {
  return experimentSchema.parse({
    version: 1,
    name: 'test',
    data: { dataset: 'mnist' },
    model,
    loss: 'cross_entropy',
    optimizer: 'sgd',
    ...rest,
  });
}

export function dataOf(inputShape: number[], classes = 10): DatasetInfo {
  return classification(inputShape, classes, { trainLength: 100, testLength: 10 });
}

/** The network of the PyTorch MNIST example. */
export const mnistCnn = [
  { type: 'conv2d', filters: 32, kernel_size: 3, activation: 'relu' },
  { type: 'conv2d', filters: 64, kernel_size: 3, activation: 'relu' },
  { type: 'max_pool2d', pool_size: 2 },
  { type: 'dropout', rate: 0.25 },
  { type: 'flatten' },
  { type: 'dense', units: 128, activation: 'relu' },
  { type: 'dropout', rate: 0.25 },
  { type: 'dense', units: 10 },
];

/** What a checkpoint says of its numbers, for data to which nothing was fitted. */
export const originOf = (info: DatasetInfo): Origin => ({ numerics: '', data: { info, dataset: null, transforms: [] } });
