import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { loadExperiment } from '../../src/spec/load.js';
import { load, minimal, mnistCnn, pathOf, write } from './config-files.js';

describe('a loaded experiment', () => {
  const loaded = load(mnistCnn);

  it('has every default filled in', () => {
    expect(loaded.experiment).toMatchObject({
      version: 1,
      seed: 42,
      data: { dataset: { type: 'mnist' }, shuffle: true },
      optimizer: { type: 'adam', learning_rate: 0.001, beta_1: 0.9 },
      schedule: { type: 'cosine', warmup_epochs: 1, final_factor: 0 },
      metrics: [{ type: 'accuracy' }],
    });
    expect(loaded.experiment.model[0]).toMatchObject({ kernel_size: [3, 3], activation: { type: 'relu' }, padding: 'valid' });
  });

  it('knows its folder', () => {
    expect(loaded.file).toBe(pathOf('x.yaml'));
    expect(`${loaded.folder}/x.yaml`).toBe(pathOf('x.yaml'));
  });

  it('knows where each value comes from', () => {
    const { origins } = load(mnistCnn, ['model.5.units=64', 'expect={test_loss: {max: 1}}']);
    const written = (line: number) => ({ file: pathOf('x.yaml'), line });
    expect(origins.get('name')).toEqual(written(2));
    expect(origins.get('data.dataset.type')).toEqual(written(5));
    expect(origins.get('data.shuffle')).toBe('default');
    expect(origins.get('model.0.kernel_size.1')).toEqual(written(10));
    expect(origins.get('model.0.activation.type')).toEqual(written(10));
    expect(origins.get('model.0.strides.0')).toBe('default');
    expect(origins.get('model.5.units')).toBe('--set');
    expect(origins.get('model.5.type')).toEqual(written(15));
    expect(origins.get('optimizer.beta_1')).toBe('default');
    expect(origins.get('expect.test_loss.max')).toBe('--set');
    expect(load(minimal).origins.get('metrics')).toBe('default');
  });

  it('makes errors that point at a value, or at what holds it', () => {
    const error = loaded.error(['model', 2, 'pool_size'], 'does not fit', 'make it 1');
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ exit: 'usage', hint: undefined, place: { line: 12, column: 35 } });
    expect(error.message.replace(pathOf('x.yaml'), 'x.yaml')).toBe(
      [
        'x.yaml:12:35 model.2.pool_size: does not fit; make it 1',
        '  12 |   - {type: max_pool2d, pool_size: 2}',
        `${' '.repeat(41)}^`,
      ].join('\n'),
    );
    expect(loaded.error(['model', 4], 'x').message).toMatch(/\n {2}14 \| {3}- \{type: flatten\}\n {11}\^{15}$/);
    expect(loaded.error(['model'], 'x').message).toMatch(/x\.yaml:9:1 model: x\n {2}9 \| model:\n {6}\^{5}$/);
    expect(loaded.error(['model', 2, 'strides'], 'x').place).toMatchObject({ line: 12, column: 5 });
    expect(loaded.error([], 'x').message).toMatch(/x\.yaml:1:1: x$/);
  });

  it('locates values', () => {
    expect(loaded.locate(['data', 'validation'])).toEqual({ file: pathOf('x.yaml'), line: 7, column: 15 });
    expect(load(minimal, ['seed=3']).locate(['seed'])).toBeUndefined();
    expect(load(minimal, ['seed=3']).error(['seed'], 'too small').message).toBe('--set seed=3 seed: too small');
  });
});

describe('printed experiments', () => {
  it('tell where each value comes from', () => {
    const yaml = load(minimal, ['seed=7', 'train.early_stopping={monitor: train_loss}'])
      .toYaml()
      .replaceAll(pathOf('x.yaml'), 'x.yaml');
    const line = (text: string, origin: string) => `${text.padEnd(48)}  # ${origin}`;
    expect(yaml.split('\n')).toEqual([
      line('version: 1', 'x.yaml:1'),
      line('name: small', 'x.yaml:2'),
      line('seed: 7', '--set'),
      'data:',
      line('  dataset: {type: mnist}', 'x.yaml:3'),
      line('  batch_size: 32', 'default'),
      line('  validation: 0', 'default'),
      line('  split: {type: random}', 'default'),
      line('  folds: 5', 'default'),
      line('  shuffle: true', 'default'),
      line('  augment: []', 'default'),
      line('  transforms: []', 'default'),
      line('  prefetch: 4', 'default'),
      'model:',
      line('  - {type: flatten}', 'x.yaml:5'),
      line('  - type: dense', 'x.yaml:6'),
      line('    units: 10', 'x.yaml:6'),
      line('    activation: {type: linear}', 'default'),
      line('    use_bias: true', 'default'),
      line('    kernel_initializer: {type: glorot_uniform}', 'default'),
      line('    bias_initializer: {type: zeros}', 'default'),
      'loss:',
      line('  type: cross_entropy', 'x.yaml:7'),
      line('  weight: 1', 'default'),
      line('  label_smoothing: 0', 'default'),
      'optimizer:',
      line('  type: adam', 'default'),
      line('  learning_rate: 0.001', 'default'),
      line('  beta_1: 0.9', 'default'),
      line('  beta_2: 0.999', 'default'),
      line('  epsilon: 1e-8', 'default'),
      line('  amsgrad: false', 'default'),
      line('  weight_decay: 0', 'default'),
      line('schedule: {type: constant}', 'default'),
      line('metrics: []', 'default'),
      'train:',
      line('  epochs: 1', 'default'),
      line('  accumulate_steps: 1', 'default'),
      '  early_stopping:',
      line('    monitor: train_loss', '--set'),
      line('    patience: 3', 'default'),
      line('    min_delta: 0', 'default'),
      line('  checkpoint_every_seconds: 60', 'default'),
      line('  log_every_steps: 50', 'default'),
      line('expect: {}', 'default'),
      '',
    ]);
  });

  it.each([
    mnistCnn,
    minimal,
    `${minimal}description: "a: b # c\\n\\tline — 日本 \\u2028"\nexpect: {test_loss: {min: 1, max: 2}}\n`,
  ])('load to the same experiment, with and without comments', (text) => {
    const first = load(text);
    write({ 'plain.yaml': first.toPlainYaml(), 'commented.yaml': first.toYaml() });
    expect(loadExperiment(pathOf('plain.yaml')).experiment).toEqual(first.experiment);
    expect(loadExperiment(pathOf('commented.yaml')).experiment).toEqual(first.experiment);
    expect(first.toPlainYaml()).not.toMatch(/ # (default|.*yaml)/);
  });
});
