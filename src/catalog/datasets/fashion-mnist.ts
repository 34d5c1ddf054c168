import { existsSync } from 'node:fs';
import { definePublished, mnistFiles, type PublishedDataset } from '../published-idx.js';
import { realSources } from '../published-sources.js';

/** Where Debian and Ubuntu put the files of `dataset-fashion-mnist`. */
const debianFolder = '/usr/share/datasets/fashion-mnist';

/**
 * Fashion-MNIST as published: 60,000 + 10,000 pictures of clothes, 28 × 28, of 10 kinds (Xiao, Rasul and Vollgraf, 2017,
 * https://arxiv.org/abs/1708.07747). The mirrors are that of Keras and the authors' repository.
 */
export const fashionMnistSet: PublishedDataset = {
  type: 'fashion_mnist',
  summary: 'The pictures of clothes of Fashion-MNIST: 60,000 to train on and 10,000 to test, 28 × 28, in 10 classes.',
  published: {
    title: 'Fashion-MNIST',
    folder: 'fashion-mnist',
    files: mnistFiles({
      train_images: 'f4a8712d7a061bf5bd6d2ca38dc4d50a',
      train_labels: '9018921c3c673c538a1fc5bad174d6f9',
      test_images: '8181f5470baa50b63fa0f6fddb340f0a',
      test_labels: '15d484375f8d13e6eb1aabb0c3f46965',
    }),
    mirrors: [
      'https://storage.googleapis.com/tensorflow/tf-keras-datasets/',
      'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/',
    ],
  },
  labels: ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'],
  otherwise: 'On Debian and Ubuntu, `apt-get install dataset-fashion-mnist` brings them too.',
};

export const fashionMnist = definePublished(fashionMnistSet, {
  ...realSources,
  packageFolder: () => (existsSync(debianFolder) ? debianFolder : undefined),
});
