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

  it('has the columns of a run that was never stopped when sums come from a checkpoint, whose keys are sorted', () => {
    const model = { experiment: experiment([{ type: 'flatten' }], { metrics: ['accuracy'] }), info: dataOf([4]) };
    const measures = {
      losses: { loss: 2, loss_b: 3, loss_a: 4 },
      statistics: new Map([
        ['accuracy/sum', [5]],
        ['accuracy/count', [10]],
      ]),
    };
    const resumed = {
      samples: 10,
      totals: { loss: 20, loss_a: 40, loss_b: 30 },
      statistics: { 'accuracy/count': [10], 'accuracy/sum': [5] },
    };
    const fresh = emptySums();
    for (const sums of [fresh, fresh, resumed]) addTo(sums, 10, measures, model.experiment);
    expect(Object.entries(resultsOf(resumed, model, 'train_'))).toEqual(Object.entries(resultsOf(fresh, model, 'train_')));
    expect(resultsOf(fresh, model, '')).toEqual({ loss: 2, loss_b: 3, loss_a: 4, accuracy: 0.5 });
  });
});
