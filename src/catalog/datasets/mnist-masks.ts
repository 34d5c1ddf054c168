import { z } from 'zod';
import type { Examples, Field } from '../../data/field.js';
import { randomUniform, streamKey } from '../../random.js';
import { type DatasetInfo, type LoadedDataset, defineDataset } from '../dataset.js';
import { picturesLikeStored } from '../new-pictures.js';
import { mnist } from './mnist.js';

const digitSize = 28;
/** A pixel of a digit this bright belongs to it. */
const threshold = 96;
const background = 0;

interface MaskOptions {
  size: number;
  most_digits: number;
  train_examples: number;
  test_examples: number;
  folder?: string | undefined;
}

/**
 * MNIST digits put down at random places of a larger picture, and for every pixel what it belongs to: a task of segmentation made of real
 * handwriting. Input `[size, size, 1]`; target `[size, size]`, 0 for the background and 1 + digit. A later digit covers an earlier one.
 * Test pictures are made of the test digits alone.
 */
export const mnistMasks = defineDataset({
  type: 'mnist_masks',
  summary: 'Pictures of several MNIST digits, and for every pixel the digit that it belongs to.',
  options: z.object({
    size: z.int().min(digitSize).max(256).default(48).describe('Height and width of a picture.'),
    most_digits: z.int().positive().max(10).default(3).describe('A picture holds from one to this many digits.'),
    train_examples: z.int().positive().default(6000).describe('Pictures to train on.'),
    test_examples: z.int().positive().default(1000).describe('Pictures to test on.'),
    folder: z.string().min(1).optional().describe('Where the files of MNIST are, as for `mnist`.'),
  }),
  async describe(options, context) {
    await mnist.describe?.({ folder: options.folder }, context);
    return infoOf(options);
  },
  async load(options, context): Promise<LoadedDataset> {
    const digits = await mnist.load({ folder: options.folder }, context);
    return {
      info: infoOf(options),
      train: compose(digits.train, options, options.train_examples, 'train'),
      test: compose(digits.test, options, options.test_examples, 'test'),
      provenance: digits.provenance,
    };
  },
  newRecords: picturesLikeStored,
});

function infoOf({ size, train_examples, test_examples }: MaskOptions): DatasetInfo {
  const labels = ['background', ...Array.from({ length: 10 }, (_, digit) => String(digit))];
  const target: Field = { kind: 'class', shape: [size, size], classes: labels.length, labels };
  return {
    inputs: { input: { kind: 'number', shape: [size, size, 1] } },
    targets: { target },
    trainLength: train_examples,
    testLength: test_examples,
  };
}

function compose(digits: Examples, { size, most_digits }: MaskOptions, count: number, part: string): Examples {
  const key = streamKey(0, `mnist_masks/${part}`);
  const [images, classes] = [digits.columns.input!.values, digits.columns.target!.values];
  const pictures = new Uint8Array(count * size * size);
  const masks = new Uint8Array(count * size * size).fill(background);
  for (let i = 0; i < count; i++) {
    // Forty numbers are kept for each picture, of which the first says how many digits it has.
    const uniform = (n: number, below: number): number => Math.floor(randomUniform(key, i * 40 + n) * below);
    const held = 1 + uniform(0, most_digits);
    for (let d = 0; d < held; d++) {
      const digit = uniform(1 + 3 * d, digits.length);
      const [top, left] = [uniform(2 + 3 * d, size - digitSize + 1), uniform(3 + 3 * d, size - digitSize + 1)];
      for (let y = 0; y < digitSize; y++) {
        for (let x = 0; x < digitSize; x++) {
          const brightness = images[(digit * digitSize + y) * digitSize + x]!;
          const at = (i * size + top + y) * size + left + x;
          if (brightness >= threshold) masks[at] = 1 + classes[digit]!;
          if (brightness >= threshold || masks[at] === background)
            pictures[at] = Math.max(brightness, masks[at] === background ? pictures[at]! : 0);
        }
      }
    }
  }
  return { length: count, columns: { input: { values: pictures }, target: { values: masks } } };
}
