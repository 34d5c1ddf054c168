import { classification } from '../catalog/dataset.js';
import { type Model, fitModel } from '../graph/programs.js';
import { experimentSchema } from '../spec/experiment.js';

/** A network to time: its layers, optimizer and the shape of its data. */
function network(inputShape: number[], classes: number, layers: object[]): () => Model {
  return () => {
    const experiment = experimentSchema.parse({
      version: 1,
      name: 'bench',
      data: { dataset: 'mnist' },
      model: layers,
      loss: 'cross_entropy',
      optimizer: { type: 'sgd', learning_rate: 0.001, momentum: 0.5 },
    });
    return fitModel(experiment, classification(inputShape, classes, { trainLength: 1, testLength: 1 }));
  };
}

const dense = (units: number, activation = 'linear') => ({ type: 'dense', units, activation });

/** The networks that `nn bench` times, the same as the PyTorch programs they are set beside. */
export const benchmarks: Readonly<Record<string, () => Model>> = {
  'mnist-cnn': network([28, 28, 1], 10, [
    { type: 'conv2d', filters: 32, kernel_size: 3, activation: 'relu' },
    { type: 'conv2d', filters: 64, kernel_size: 3, activation: 'relu' },
    { type: 'max_pool2d', pool_size: 2 },
    { type: 'dropout', rate: 0.25 },
    { type: 'flatten' },
    dense(128, 'relu'),
    { type: 'dropout', rate: 0.25 },
    dense(10),
  ]),
  mlp: network([28, 28, 1], 10, [{ type: 'flatten' }, dense(256, 'relu'), dense(128, 'relu'), dense(10)]),
  'tiny-mlp': network([4], 3, [dense(16, 'tanh'), dense(3)]),
};

export const benchmarkNames = Object.keys(benchmarks);
