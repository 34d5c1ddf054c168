import { describe, expect, it } from 'vitest';
import type { DatasetInfo, Field } from '../../src/catalog/dataset.js';
import { ConfigError } from '../../src/spec/config-error.js';
import { checkAugmentations } from '../../src/train/check-data-changes.js';
import { load, summaryOf } from '../spec/config-files.js';

const infoOf = (inputs: Record<string, Field>, targets: Record<string, Field>): DatasetInfo => ({
  inputs,
  targets,
  trainLength: 10,
  testLength: 10,
});
const target: Field = { kind: 'class', shape: [], classes: 10 };
const pictures = infoOf({ input: { kind: 'number', shape: [28, 28, 1] } }, { target });
const rows = infoOf({ input: { kind: 'number', shape: [4] } }, { target });
const words = infoOf({ text: { kind: 'class', shape: [20], classes: 100 } }, { target });
const masks = infoOf({ input: { kind: 'number', shape: [8, 8, 1] } }, { mask: { kind: 'class', shape: [8, 8], classes: 3 } });

const config = (augment: string): string => `version: 1
name: augmented
data:
  dataset: mnist
  augment:
    - ${augment}
model:
  - {type: flatten}
  - {type: dense, units: 10}
loss: cross_entropy
`;

/** The lines of the error, but for the source. */
function messageOf(augment: string, info: DatasetInfo): string {
  try {
    checkAugmentations(load(config(augment)), info);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message
      .split('\n')
      .filter((line) => !/^ +(\d+ \||\^)/.test(line))
      .join('\n')
      .replace(/^.*x\.yaml/, 'x.yaml');
  }
  return 'accepted';
}

describe('an augmentation', () => {
  it.each<[string, DatasetInfo, string]>([
    [
      'random_flip',
      rows,
      'x.yaml:6:7 data.augment.0: random_flip changes pictures [height, width, channels], but records are [4]; leave it out, or name the fields that it is to change in `fields`',
    ],
    [
      'random_flip',
      words,
      'x.yaml:6:7 data.augment.0: random_flip has nothing to change: the data set has no input of numbers; leave it out',
    ],
    [
      'token_dropout',
      pictures,
      'x.yaml:6:7 data.augment.0: token_dropout has nothing to change: the data set has no input of classes; leave it out',
    ],
    [
      '{type: random_flip, fields: [input, maks]}',
      masks,
      'x.yaml:6:43 data.augment.0.fields.1: the data set has no field "maks"; did you mean "mask"?',
    ],
    [
      '{type: random_flip, fields: [picture]}',
      pictures,
      'x.yaml:6:36 data.augment.0.fields.0: the data set has no field "picture"; it has input, target',
    ],
    [
      '{type: cutout, size: 3, fields: [input, mask]}',
      masks,
      'x.yaml:6:47 data.augment.0.fields.1: cutout changes numbers, but "mask" has classes',
    ],
    [
      '{type: cutout, size: 30}',
      pictures,
      'x.yaml:6:7 data.augment.0: a square of 30 pixels can cover the whole of a picture of 28 × 28; take less than 28',
    ],
    [
      '{type: color_jitter, hue: 0.2}',
      pictures,
      'x.yaml:6:7 data.augment.0: hue needs pictures with red, green and blue, but these have 1 channel; leave it out',
    ],
    [
      '{type: random_rotation, fields: [input, mask], fill: 0.5}',
      masks,
      'x.yaml:6:7 data.augment.0: random_rotation fills with 0.5, but the classes of a mask are 0 to 2; take a class that is right for the picture as well, such as 0, or nearest where it may be',
    ],
    ['{type: random_rotation, fields: [input, mask]}', masks, 'accepted'],
    ['{type: gaussian_noise, std: 0.1}', rows, 'accepted'],
    ['token_dropout', words, 'accepted'],
    ['mixup', pictures, 'accepted'],
    ['mixup', rows, 'accepted'],
    [
      'mixup',
      words,
      'x.yaml:6:7 data.augment.0: mixup mixes all of a record, but "text" has classes, which cannot be mixed; leave it out',
    ],
    [
      'cutmix',
      masks,
      'x.yaml:6:7 data.augment.0: cutmix mixes targets that are numbers or one class, but "mask" has classes [8, 8]; leave it out',
    ],
    [
      '{type: mixup, fields: [input, target]}',
      pictures,
      'x.yaml:6:37 data.augment.0.fields.1: "target" is a target, and targets are mixed as the inputs are; name inputs only: input',
    ],
    [
      'cutmix',
      rows,
      'x.yaml:6:7 data.augment.0: cutmix changes pictures [height, width, channels], but records are [4]; leave it out, or name the fields that it is to change in `fields`',
    ],
  ])('%s', (augment, info, message) => {
    expect(messageOf(augment, info)).toBe(message);
  });
});

describe('options of an augmentation', () => {
  it.each([
    [
      'random_affine',
      'x.yaml:6:7 data.augment.0: changes nothing: set degrees, translate, scale or shear, found the string "random_affine"',
    ],
    ['{type: color_jitter}', 'x.yaml:6:7 data.augment.0: changes nothing: set brightness, contrast, saturation or hue'],
    ['{type: random_zoom, scale: [1.2, 0.8]}', 'x.yaml:6:34 data.augment.0.scale: the first number must not be above the second'],
    ['{type: gaussian_blur, kernel_size: 4}', 'x.yaml:6:42 data.augment.0.kernel_size: must be odd, found 4'],
    [
      'cutout',
      'x.yaml:6:7 data.augment.0: missing key "size": height and width of a square, in pixels; write {type: cutout, size: ...}',
    ],
    ['{type: random_rotation, degrees: 200}', 'x.yaml:6:40 data.augment.0.degrees: must be at most 180, found 200'],
    [
      '{type: random_rotatoin}',
      'x.yaml:6:14 data.augment.0.type: unknown type "random_rotatoin"; did you mean "random_rotation"?',
    ],
    ['{type: random_flip, probability: 0}', 'x.yaml:6:40 data.augment.0.probability: must be above 0, found 0'],
  ])('%s', (augment, message) => {
    expect(summaryOf(config(augment)).join('\n')).toBe(message);
  });
});
