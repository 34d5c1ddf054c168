import { describe, expect, it } from 'vitest';
import { activations } from '../../src/catalog/activations/index.js';
import { messageOf, minimal, mnistCnn, summaryOf } from './config-files.js';

const everyActivation = activations.types.join(', ');

/** The config with one layer more, in line 7. */
const withLayer = (layer: string) => minimal.replace('loss:', `  - ${layer}\nloss:`);

describe('keys', () => {
  it('suggests the key that was meant, with the place, the source line and a caret', () => {
    expect(messageOf(mnistCnn.replace('units: 128', 'unit: 128'))).toBe(
      [
        'x.yaml:15:19 model.5: unknown key "unit"; did you mean "units"?',
        '  15 |   - {type: dense, unit: 128, activation: relu}',
        '                         ^^^^',
      ].join('\n'),
    );
  });

  it('suggests another spelling of a key', () => {
    expect(summaryOf(mnistCnn.replace('batch_size', 'batchSize'))[0]).toMatch(
      'unknown key "batchSize"; did you mean "batch_size"?',
    );
    expect(summaryOf(mnistCnn.replace('learning_rate', 'lr'))[0]).toMatch('unknown key "lr"; did you mean "learning_rate"?');
  });

  it('lists the keys where none is near', () => {
    expect(summaryOf(withLayer('{type: dropout, rate: 0.5, colour: red}'))).toEqual([
      'x.yaml:7:32 model.2: unknown key "colour"; valid keys: type, name, inputs, trainable, share_weights_with, rate',
    ]);
  });

  it('does not send a key to where the type that is named has none', () => {
    const text = mnistCnn.replace('learning_rate: 1e-3', 'momentum: 0.9');
    expect(summaryOf(text)[0]).toMatch(/optimizer: unknown key "momentum"; valid keys: type, learning_rate, /);
  });

  it('tells where a key belongs', () => {
    expect(summaryOf(`${minimal}epochs: 3\nunits: 4\n`)).toEqual([
      'x.yaml:8:1: unknown key "epochs"; it belongs under "train"',
      'x.yaml:9:1: unknown key "units"; it belongs in an item of "model"',
      '2 errors in x.yaml',
    ]);
    expect(summaryOf(mnistCnn.replace('epochs: 10,', 'epochs: 10, seed: 1,'))[0]).toMatch('it belongs at the top level');
    expect(summaryOf(mnistCnn.replace('epochs: 10,', 'epochs: 10, min_delta: 1,'))[0]).toMatch(
      'it belongs under "train.early_stopping"',
    );
  });

  it('tells what a missing key is for', () => {
    expect(messageOf(withLayer('{type: dense}'))).toBe(
      'x.yaml:7:5 model.2: missing key "units": the number of outputs\n  7 |   - {type: dense}\n          ^^^^^^^^^^^^^',
    );
    expect(messageOf(minimal.replace('{dataset: mnist}', '\n  batch_size: 3'))).toBe(
      'x.yaml:3:1 data: missing key "dataset": where the records come from\n  3 | data:\n      ^^^^',
    );
  });

  it('tells of missing keys at the top without a source line', () => {
    expect(messageOf(minimal.replace('version: 1\n', ''))).toBe(
      'x.yaml:1:1: missing key "version": the version of this format; add `version: 1` as the first line',
    );
  });

  it('takes the missing key and its misspelling for one mistake', () => {
    expect(summaryOf(minimal.replace('loss:', 'lss:'))).toEqual(['x.yaml:7:1: unknown key "lss"; did you mean "loss"?']);
  });
});

describe('version', () => {
  it.each([
    ['2', 'this program reads version 1 of the config format, found version 2; use a newer nn for this file'],
    ['0', 'this program reads version 1 of the config format, found version 0; write `version: 1`'],
    ['"1"', 'expected 1, found the string "1"; remove the quotes'],
    ['one', 'expected 1, found the string "one"'],
  ])('%s', (version, message) => {
    expect(summaryOf(minimal.replace('version: 1', `version: ${version}`))).toEqual([`x.yaml:1:10 version: ${message}`]);
  });

  it('of another number hides every other error', () => {
    expect(summaryOf(`version: 2\nfoo: 1\n`)).toHaveLength(1);
  });
});

describe('values', () => {
  it.each([
    ['units: "12"', 'units: expected a whole number, found the string "12"; remove the quotes'],
    ['units: 1_000', 'units: expected a whole number, found the string "1_000"; write 1000'],
    ['units: ten', 'units: expected a whole number, found the string "ten"'],
    ['units: 1.5', 'units: expected a whole number, found 1.5'],
    ['units: 0', 'units: must be above 0, found 0'],
    ['units: 1e300', 'units: must be at most 9007199254740991, found 1e300'],
    ['units: .inf', 'units: expected a finite number, found .inf'],
    ['units: true', 'units: expected a whole number, found true'],
    ['units: [3]', 'units: expected a whole number, found a list of 1'],
    ['units: {a: 1}', 'units: expected a whole number, found a map'],
    ['units:', 'units: expected a whole number, found nothing; give it a value, or remove the key'],
    ['units: 3, use_bias: 1', 'use_bias: expected true or false, found 1'],
    ['units: 3, use_bias: on', 'use_bias: expected true or false, found the string "on"; write true'],
    ['units: 3, name: 3', 'name: expected a string, found 3; put it in quotes'],
    [
      'units: 3, name: a b',
      'name: must be letters, digits, "-", "_" and ".", starting with a letter or digit and not ending with ".", found the string "a b"',
    ],
    ['units: 3, inputs: []', 'inputs: expected at least 1 item, found an empty list'],
    ['units: 3, inputs: 3', 'inputs: expected a string or a list, found 3; write it as a list: [ ... ]'],
    ['units: 3, inputs: [a, 3]', 'inputs.1: expected a string, found 3; put it in quotes'],
    ['units: 3, activation: rleu', 'activation: unknown name "rleu"; did you mean "relu"?'],
    ['units: 3, activation: swish2', `activation: unknown name "swish2"; expected one of ${everyActivation}`],
    ['units: 3, activation: {type: leaky_relu, slop: 1}', 'activation: unknown key "slop"; valid keys: type, negative_slope'],
    ['units: 3, activation: {type: leakyrelu}', 'activation.type: unknown type "leakyrelu"; did you mean "leaky_relu"?'],
    ['units: 3, activation: {negative_slope: 1}', `activation: missing key "type"; one of ${everyActivation}`],
    ['units: 3, activation: 3', `activation: expected one of ${everyActivation} or a map, found 3`],
    ['units: 3, kernel_initializer: {type: uniform, min: 1, max: 0}', 'kernel_initializer: min must not be above max'],
    [
      'units: 3, kernel_initializer: constant',
      'kernel_initializer: missing key "value": the value; write {type: constant, value: ...}',
    ],
  ])('{type: dense, %s}', (options, message) => {
    expect(summaryOf(withLayer(`{type: dense, ${options}}`)).map((line) => line.replace(/^\S+ model\.2\./, ''))).toEqual([
      message,
    ]);
  });

  it.each([
    ['kernel_size: [3]', 'kernel_size: expected 2 items, found a list of 1'],
    ['kernel_size: [3, 3, 3]', 'kernel_size: expected 2 items, found a list of 3'],
    ['kernel_size: [3, a]', 'kernel_size.1: expected a whole number, found the string "a"'],
    ['kernel_size: [3, 0]', 'kernel_size.1: must be at least 1, found 0'],
    ['kernel_size: 0', 'kernel_size: must be at least 1, found 0'],
    ['kernel_size: 2.5', 'kernel_size: expected a whole number, found 2.5'],
    ['kernel_size: big', 'kernel_size: expected a whole number or a list, found the string "big"; write it as a list: [ ... ]'],
    ['kernel_size: 3, padding: vaild', 'padding: unknown name "vaild"; did you mean "valid"?'],
    ['kernel_size: 3, padding: none', 'padding: unknown name "none"; expected one of valid, same, or a whole number'],
    ['kernel_size: 3, padding: -1', 'padding: must be at least 0, found -1'],
    ['kernel_size: 3, padding: true', 'padding: expected one of valid, same or a whole number, found true'],
  ])('{type: conv2d, filters: 1, %s}', (options, message) => {
    const lines = summaryOf(withLayer(`{type: conv2d, filters: 1, ${options}}`));
    expect(lines.map((line) => line.replace(/^\S+ model\.2\./, ''))).toEqual([message]);
  });

  it.each([
    ['{type: conv2, filters: 3}', 'model.2.type: unknown type "conv2"; did you mean "conv2d"?'],
    ['{type: perceptron}', 'model.2.type: unknown type "perceptron"; expected one of dense, '],
    ['{type: 3}', 'model.2.type: expected one of dense, '],
    ['flatten', 'model.2: expected a map, found the string "flatten"; write {type: flatten}'],
    ['dense: {units: 3}', 'model.2: missing key "type"; write {type: dense, ...}'],
    ['{}', 'model.2: missing key "type"; one of dense, '],
    ['[]', 'model.2: expected a map, found an empty list'],
    ['{type: dropout, rate: 1}', 'model.2.rate: must be below 1, found 1'],
    ['{type: dropout, rate: .nan}', 'model.2.rate: expected a finite number, found .nan'],
  ])('layer %s', (layer, message) => {
    const lines = summaryOf(withLayer(layer));
    expect(lines).toHaveLength(1);
    expect(lines[0]!.replace(/^\S+ /, '').slice(0, message.length)).toBe(message);
  });

  it.each([
    ['optimizer: admm', 'optimizer: unknown name "admm"; did you mean "adam"?'],
    ['optimizer: {learning_rate: 1}', 'optimizer: missing key "type"; one of sgd, adam, '],
    ['optimizer:', 'optimizer: expected one of sgd, adam, '],
    ['metrics: accuracy', 'metrics: expected a list, found the string "accuracy"; write it as a list: [ ... ]'],
    ['train: {epochs: 0}', 'train.epochs: must be above 0, found 0'],
    ['train:', 'train: expected a map, found nothing; give it a value, or remove the key'],
    ['expect: {train_loss: {}}', 'expect.train_loss: needs min, max or both'],
    ['expect: {train_loss: {min: 2, max: 1}}', 'expect.train_loss: min must not be above max'],
    ['expect: {train_loss: 3}', 'expect.train_loss: expected a map, found 3'],
    ['expect: {train_loss: {mim: 3}}', 'expect.train_loss: unknown key "mim"; did you mean "min"?'],
  ])('%s', (line, message) => {
    const lines = summaryOf(`${minimal}${line}\n`);
    expect(lines).toHaveLength(1);
    expect(lines[0]!.replace(/^\S+ /, '').slice(0, message.length)).toBe(message);
  });

  it('points at the key of an empty value', () => {
    expect(messageOf(`${minimal}train:\n`)).toMatch(/\n {2}8 \| train:\n {6}\^\^\^\^\^$/);
  });
});

describe('many errors', () => {
  it('come at once, in the order of the file', () => {
    const text = mnistCnn
      .replace('seed: 42', 'seed: -1')
      .replace('batch_size: 64', 'batch_sise: 64')
      .replace('{type: flatten}', '{type: flaten}')
      .replace('metrics: [accuracy]', 'metrics: [accuracy, accuracy]')
      .replace('val_loss', 'val_los');
    expect(summaryOf(text)).toEqual([
      'x.yaml:3:7 seed: must be at least 0, found -1',
      'x.yaml:6:3 data: unknown key "batch_sise"; did you mean "batch_size"?',
      'x.yaml:14:12 model.4.type: unknown type "flaten"; did you mean "flatten"?',
      'x.yaml:21:21 metrics.1: the metric "accuracy" is listed twice; remove one',
      '4 errors in x.yaml',
    ]);
  });

  it('are cut off after fifty', () => {
    const lines = summaryOf(minimal + Array.from({ length: 60 }, (_, i) => `zz${i}: 1\n`).join(''));
    expect(lines).toHaveLength(52);
    expect(lines.slice(-2)).toEqual(['… and 10 more', '60 errors in x.yaml']);
  });
});
