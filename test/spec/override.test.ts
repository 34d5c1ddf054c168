import { describe, expect, it } from 'vitest';
import { load, minimal, mnistCnn, summaryOf } from './config-files.js';

describe('--set', () => {
  it('sets values, in the order given, with values in YAML', () => {
    const { experiment } = load(mnistCnn, [
      'seed=1',
      'seed=2',
      'data.shuffle=false',
      'model.5.units=64',
      'optimizer.learning_rate=2e-5',
      'name=ab',
    ]);
    expect(experiment).toMatchObject({ seed: 2, data: { shuffle: false }, optimizer: { learning_rate: 2e-5 }, name: 'ab' });
    expect(experiment.model[5]).toMatchObject({ type: 'dense', units: 64 });
  });

  it('replaces what was there, and makes maps on the way', () => {
    const { experiment } = load(minimal, [
      'optimizer={type: sgd, momentum: 0.9}',
      'train.early_stopping.monitor=train_loss',
      'metrics=[accuracy]',
    ]);
    expect(experiment.optimizer).toMatchObject({ type: 'sgd', momentum: 0.9 });
    expect(experiment.train.early_stopping).toMatchObject({ monitor: 'train_loss', patience: 3 });
    expect(experiment.metrics).toEqual([{ type: 'accuracy' }]);
  });

  it('adds options to a bare name', () => {
    expect(load(`${minimal}optimizer: adam\n`, ['optimizer.beta_1=0.5']).experiment.optimizer).toMatchObject({
      type: 'adam',
      beta_1: 0.5,
    });
  });

  it('takes a key away with null', () => {
    expect(load(mnistCnn, ['train.early_stopping=null']).experiment.train.early_stopping).toBeUndefined();
    expect(summaryOf(minimal, ['loss=~'])).toEqual(['x.yaml:1:1: missing key "loss": what training makes small']);
  });

  it.each([
    ['model.1.unit=3', 'model.1: unknown key "unit"; did you mean "units"?'],
    ['modle.1.units=3', '!unknown key "modle"; did you mean "model"?'],
    ['model.1.units=many', 'model.1.units: expected a whole number, found the string "many"'],
    ['model.1.units="3"', 'model.1.units: expected a whole number, found the string "3"; remove the quotes'],
    ['model.7.units=3', 'model: there is no item "7": the 2 items are 0 to 1'],
    ['model.dense.units=3', 'model: there is no item "dense": the 2 items are 0 to 1'],
    ['model.-1=3', 'model: there is no item "-1": the 2 items are 0 to 1'],
    ['version.a=3', 'version: is 1, which has no keys; set it as a whole'],
    ['name.a=3', 'name: expected a string, found a map'],
    ['seed=', 'seed: expected a whole number, found nothing; give it a value, or remove the key'],
    ['seed=[', '!not valid YAML: flow sequence must end with a ]'],
    ['seed', '!expected a path, "=" and a value; for example --set train.epochs=20'],
    ['=3', '!expected a path, "=" and a value; for example --set train.epochs=20'],
    ['a..b=3', '!expected a path, "=" and a value; for example --set train.epochs=20'],
    ['extends=a.yaml', '!`extends` stands in the file only'],
    ['expect.__proto__.min=3', '!unknown key "__proto__"'],
    ['train.best=val_los', 'train.best: the run has no metric "val_los"; it has train_loss'],
  ])('%s', (override, message) => {
    const expected = message.startsWith('!') ? `--set ${override}: ${message.slice(1)}` : `--set ${override} ${message}`;
    expect(summaryOf(minimal, [override])).toEqual([expected]);
  });

  it('comes after the errors of the file', () => {
    expect(summaryOf(`${minimal}sed: 1\n`, ['seed=-1', 'epochs=1'])).toEqual([
      'x.yaml:8:1: unknown key "sed"; did you mean "seed"?',
      '--set seed=-1 seed: must be at least 0, found -1',
      '--set epochs=1: unknown key "epochs"; it belongs under "train"',
      '3 errors in x.yaml',
    ]);
  });
});
