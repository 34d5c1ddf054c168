import { describe, expect, it } from 'vitest';
import { EpochTable } from '../../src/cli/epoch-table.js';
import { addTo, emptySums, meansOf } from '../../src/train/progress.js';

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
    const means = { loss: 2, accuracy: 0.5 };
    const [fresh, resumed] = [emptySums(), { samples: 10, totals: { accuracy: 5, loss: 20 } }];
    for (const sums of [fresh, resumed]) addTo(sums, 10, means);
    expect(Object.entries(meansOf(resumed, 'train_'))).toEqual(Object.entries(meansOf(fresh, 'train_')));
  });
});
