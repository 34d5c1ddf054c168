import { describe, expect, it } from 'vitest';
import { load, minimal, mnistCnn, summaryOf } from './config-files.js';

describe('metrics that a run has', () => {
  it('may be monitored, decide the best and be expected', () => {
    const text = mnistCnn.replace('monitor: val_loss', 'monitor: val_accuracy');
    const expected = 'expect: {train_loss: {max: 1}, val_accuracy: {min: 0.9}, test_accuracy: {min: 0.9}, test_loss: {max: 1}}\n';
    expect(() => load(`${text}${expected}`, ['train.best=train_accuracy'])).not.toThrow();
  });

  it.each([
    ['train.best=accuracy', 'train.best: the run has no metric "accuracy"; did you mean "val_accuracy"?'],
    [
      'train.best=test_loss',
      'train.best: the run has no metric "test_loss"; it has val_loss, val_accuracy, train_loss, train_accuracy',
    ],
    ['train.best=val_acuracy', 'train.best: the run has no metric "val_acuracy"; did you mean "val_accuracy"?'],
    ['train.best=speed', 'train.best: the run has no metric "speed"; it has val_loss, val_accuracy, train_loss, train_accuracy'],
    [
      'expect.acc.min=1',
      'expect.acc: the run has no metric "acc"; it has test_loss, test_accuracy, val_loss, val_accuracy, train_loss, train_accuracy',
    ],
  ])('%s', (override, message) => {
    expect(summaryOf(mnistCnn, [override])).toEqual([`--set ${override} ${message}`]);
  });

  it('need validation records for val_', () => {
    expect(summaryOf(mnistCnn.replace('validation: 5000', 'validation: 0'))).toEqual([
      'x.yaml:22:47 train.early_stopping.monitor: "val_loss" needs validation records, and data.validation is 0; set data.validation, or use train_loss',
    ]);
    expect(summaryOf(`${minimal}train: {early_stopping: {patience: 2}}\n`)[0]).toMatch(
      /^x\.yaml:8:25 train\.early_stopping\.monitor: "val_loss" needs/,
    );
    expect(summaryOf(`${minimal}expect: {val_loss: {max: 2}}\n`)[0]).toMatch(/^x\.yaml:8:20 expect\.val_loss: "val_loss" needs/);
  });

  it('are not of training where all records are needed at once', () => {
    const text = mnistCnn.replace('[accuracy]', '[{type: roc_auc}]');
    expect(() => load(text, ['train.best=val_roc_auc', 'expect.test_roc_auc.min=0.5'])).not.toThrow();
    expect(summaryOf(text, ['train.best=train_roc_auc'])).toEqual([
      '--set train.best=train_roc_auc train.best: roc_auc is not measured in training: it needs all records at once; use val_roc_auc',
    ]);
    expect(summaryOf(text, ['data.validation=0', 'train.early_stopping=null', 'expect.train_roc_auc.min=0'])).toEqual([
      '--set expect.train_roc_auc.min=0 expect.train_roc_auc: roc_auc is not measured in training: it needs all records at once; set data.validation, and use what is measured there',
    ]);
    expect(summaryOf(text, ['data.validation=0', 'train.early_stopping=null', 'train.best=val_roc_auc'])).toEqual([
      '--set train.best=val_roc_auc train.best: "val_roc_auc" needs validation records, and data.validation is 0; set data.validation',
    ]);
  });

  it('have the names that they are given', () => {
    const text = mnistCnn.replace('[accuracy]', '[{type: accuracy, name: right}, {type: top_k_accuracy, name: nearly}]');
    expect(() => load(text, ['train.best=val_right', 'expect.test_nearly.min=0.5'])).not.toThrow();
    expect(summaryOf(text, ['train.best=val_accuracy'])[0]).toContain(
      'the run has no metric "val_accuracy"; it has val_loss, val_right',
    );
  });

  it('may be of classes, which are known with the data only', () => {
    const text = mnistCnn.replace('[accuracy]', '[{type: f1, per_class: true}, accuracy]');
    expect(() => load(text, ['train.best=val_f1_3', 'expect.test_f1_cat.min=0.5'])).not.toThrow();
    expect(summaryOf(text, ['train.best=val_accuracy_3'])[0]).toContain('the run has no metric "val_accuracy_3"');
    expect(summaryOf(text, ['train.best=val_f13'])[0]).toContain('did you mean "val_f1"?');
  });

  it('include each of several losses', () => {
    const text = mnistCnn.replace('loss: cross_entropy', 'loss: [{type: cross_entropy}, {type: focal, name: hard}]');
    expect(() => load(text, ['train.best=val_loss_cross_entropy', 'expect.test_loss_hard.max=1'])).not.toThrow();
    expect(summaryOf(text, ['train.best=val_loss_focal'])[0]).toContain('the run has no metric "val_loss_focal"');
    expect(summaryOf(mnistCnn, ['train.best=val_loss_cross_entropy'])[0]).toContain('the run has no metric');
  });

  it('have a name each', () => {
    const two = (metrics: string, loss = 'cross_entropy') =>
      summaryOf(minimal.replace('loss: cross_entropy', `loss: ${loss}\nmetrics: ${metrics}`)).map((line) =>
        line.replace(/^\S+ /, ''),
      );
    const rename = 'give one of them another name: `name: ...`';
    expect(two('[accuracy, {type: accuracy, output: a}]')).toEqual([
      `metrics.1: two metrics are reported as "accuracy"; ${rename}`,
    ]);
    expect(two('[accuracy, {type: f1, name: accuracy}]')).toEqual([
      `metrics.1: two metrics are reported as "accuracy"; ${rename}`,
    ]);
    expect(two('[{type: accuracy, name: loss}]')).toEqual([`metrics.0: a loss and a metric are reported as "loss"; ${rename}`]);
    expect(two('[]', '[{type: mse}, {type: mse, target: b}]')).toEqual([
      `loss.1: two losses are reported as "loss_mse"; ${rename}`,
    ]);
    expect(two('[]', '[{type: mse, output: a}, {type: mae, output: a}]')).toEqual([
      `loss.1: two losses are reported as "loss_a"; ${rename}`,
    ]);
    expect(() =>
      load(minimal.replace('loss: cross_entropy', 'loss: [{type: mse, output: a}, {type: mse, output: b}]')),
    ).not.toThrow();
  });

  it('are listed once', () => {
    expect(summaryOf(`${minimal}metrics: [accuracy, {type: accuracy}]\n`)).toEqual([
      'x.yaml:8:21 metrics.1: the metric "accuracy" is listed twice; remove one',
    ]);
  });

  it('are checked although another part is wrong', () => {
    expect(summaryOf(mnistCnn.replace('units: 128', 'units: 0').replace('val_loss', 'val_los'))).toEqual([
      'x.yaml:15:26 model.5.units: must be above 0, found 0',
      expect.stringMatching(
        /^x\.yaml:22:47 train\.early_stopping\.monitor: the run has no metric "val_los"; did you mean "val_loss"\?$/,
      ),
      '2 errors in x.yaml',
    ]);
  });
});

describe('warm-up', () => {
  it('is in epochs or in steps', () => {
    expect(summaryOf(`${minimal}schedule: {type: cosine, warmup_epochs: 1, warmup_steps: 10}\n`)).toEqual([
      'x.yaml:8:58 schedule.warmup_steps: warmup_epochs and warmup_steps exclude each other; keep one of them',
    ]);
  });
});

describe('schedules', () => {
  it.each([
    ['{type: step}', 'schedule: needs either step_epochs or step_steps'],
    ['{type: step, step_epochs: 1, step_steps: 5}', 'schedule: needs either step_epochs or step_steps'],
    ['multi_step', 'schedule: needs either milestones or milestone_steps, found the string "multi_step"'],
    ['{type: linear, decay_epochs: 1, decay_steps: 5}', 'schedule: decay_epochs and decay_steps exclude each other'],
    ['{type: cyclical, step_epochs: 1, mode: exp_range}', 'schedule: gamma belongs to mode exp_range, which needs it'],
    ['{type: cyclical, step_epochs: 1, gamma: 0.9}', 'schedule: gamma belongs to mode exp_range, which needs it'],
    ['{type: reduce_on_plateau, factor: 1}', 'schedule.factor: must be below 1, found 1'],
    [
      '{type: reduce_on_plateau, monitor: train_accuracy}',
      'schedule.monitor: the run has no metric "train_accuracy"; it has train_loss',
    ],
    ['reduce_on_plateu', 'schedule: unknown name "reduce_on_plateu"; did you mean "reduce_on_plateau"?'],
  ])('%s', (schedule, message) => {
    expect(summaryOf(`${minimal}schedule: ${schedule}\n`).map((line) => line.replace(/^\S+ /, ''))).toEqual([message]);
  });
});

describe('averages of the weights', () => {
  it('are one kind at a time, and begin before the run ends', () => {
    expect(summaryOf(`${minimal}train: {epochs: 4, ema: {}, swa: {start_epoch: 5}}\n`)).toEqual([
      'x.yaml:8:34 train.swa: ema and swa exclude each other: a model is evaluated with one average; keep one of them',
      'x.yaml:8:48 train.swa.start_epoch: epoch 5 is never reached: train.epochs is 4; take at most 4; three quarters of the epochs are usual',
      '2 errors in x.yaml',
    ]);
    expect(() => load(`${minimal}train: {epochs: 4, swa: {start_epoch: 4}}\n`)).not.toThrow();
  });

  it.each([
    ['{ema: {decay: 1}}', 'train.ema.decay: must be below 1, found 1'],
    ['{ema: {momentum: 0.9}}', 'train.ema: unknown key "momentum"; it belongs'],
    ['{ema: 0.9}', 'train.ema: expected a map, found 0.9'],
    ['{swa: {}}', 'train.swa: missing key "start_epoch": the first epoch that is averaged'],
    ['{swa: {start_epoch: 0}}', 'train.swa.start_epoch: must be above 0, found 0'],
    ['{accumulate_steps: 0}', 'train.accumulate_steps: must be above 0, found 0'],
    ['{accumulate_steps: 1.5}', 'train.accumulate_steps: expected a whole number, found 1.5'],
  ])('and accumulation are checked: %s', (train, message) => {
    expect(summaryOf(`${minimal}train: ${train}\n`)[0]).toContain(message);
  });
});
