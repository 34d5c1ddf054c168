import { describe, expect, it } from 'vitest';
import { EpochTable } from '../../src/cli/epoch-table.js';
import { addTo, emptySums, resultsOf } from '../../src/train/progress.js';
import { dataOf, experiment } from '../graph/experiment.js';

describe('the table of epochs', () => {
  it('has every value under its name, in whatever order an epoch gives them', () => {
    const table = new EpochTable(12);
    expect([
      ...table.lines(1, { train_loss: 0.51234, accuracy: 0.25, seconds: 1.26 }),
      ...table.lines(12, { accuracy: 0.75, seconds: 2, train_loss: 0.25 }),
    ]).toEqual([
      'epoch  train_loss  accuracy   seconds',
      ' 1/12      0.5123      0.25       1.3',
      '12/12        0.25      0.75       2.0',
    ]);
  });

  it('has a line for training and one for validation where one would be too long', () => {
    const measures = ['loss', 'accuracy', 'precision', 'recall'];
    const epoch = (split: string, from: number) => measures.map((name, i) => [`${split}_${name}`, (from + i) / 16] as const);
    const table = new EpochTable(3);
    const values = Object.fromEntries([...epoch('train', 1), ...epoch('val', 7), ['val_roc_auc', 0.98765] as const]);
    expect([...table.lines(1, { ...values, seconds: 1.26 }), ...table.lines(2, { ...values, seconds: 61 })]).toEqual([
      'epoch             loss  accuracy  precision    recall   roc_auc   seconds',
      '1/3    train    0.0625     0.125     0.1875      0.25',
      '       val      0.4375       0.5     0.5625     0.625    0.9877       1.3',
      '2/3    train    0.0625     0.125     0.1875      0.25',
      '       val      0.4375       0.5     0.5625     0.625    0.9877      61.0',
    ]);
  });

  it('leaves to the files what fits in no line of 80 columns, and says so', () => {
    const names = ['loss', ...Array.from({ length: 20 }, (_, i) => `f1_class_${i}`)];
    const values = Object.fromEntries(names.map((name, i) => [`val_${name}`, i / 100]));
    const lines = new EpochTable(1000).lines(1, { ...values, train_loss: 1, seconds: 0 });
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines).toEqual([
      'epoch                 loss  f1_class_0  f1_class_1  f1_class_2   seconds',
      '(17 more in metrics.jsonl)',
      '   1/1000  train         1',
      '           val           0        0.01        0.02        0.03       0.0',
    ]);
  });

  it('has the columns of a run that was never stopped when sums come from a checkpoint, whose keys are sorted', () => {
    const model = { experiment: experiment([{ type: 'flatten' }], { metrics: ['accuracy'] }), info: dataOf([4]) };
    const measures = {
      losses: { loss: 2, loss_b: 3, loss_a: 4 },
      weights: {},
      statistics: new Map([
        ['accuracy/sum', [5]],
        ['accuracy/count', [10]],
      ]),
    };
    const resumed = {
      samples: 10,
      totals: { loss: 20, loss_a: 40, loss_b: 30 },
      weights: {},
      statistics: { 'accuracy/count': [10], 'accuracy/sum': [5] },
    };
    const fresh = emptySums();
    for (const sums of [fresh, fresh, resumed]) addTo(sums, 10, measures, model.experiment);
    expect(Object.entries(resultsOf(resumed, model, 'train_'))).toEqual(Object.entries(resultsOf(fresh, model, 'train_')));
    expect(resultsOf(fresh, model, '')).toEqual({ loss: 2, loss_b: 3, loss_a: 4, accuracy: 0.5 });
  });
});
