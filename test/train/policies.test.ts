import { describe, expect, it } from 'vitest';
import { experimentSchema } from '../../src/spec/experiment.js';
import { largerIsBetter } from '../../src/spec/result-names.js';
import { missedExpectations } from '../../src/train/expectations.js';
import { learningRateAt, updateSchedule } from '../../src/train/learning-rate.js';
import { stopsEarly, updateBest, updateEarlyStopping } from '../../src/train/policies.js';
import { newProgress } from '../../src/train/progress.js';

const experiment = (train: object, expectations: object = {}) =>
  experimentSchema.parse({
    version: 1,
    name: 'policies',
    data: { dataset: { type: 'mnist' }, validation: 10 },
    model: [{ type: 'dense', units: 10 }],
    loss: 'cross_entropy',
    metrics: ['accuracy'],
    train,
    expect: expectations,
  });

describe('the best epoch', () => {
  const bestEpochs = (train: object, name: string, values: number[]): number[] => {
    const progress = newProgress();
    return values.flatMap((value, i) => {
      progress.epoch = i + 1;
      return updateBest(progress, experiment(train), { [name]: value }) ? [i + 1] : [];
    });
  };

  it('has the smallest loss, or the largest accuracy; the first of equals', () => {
    expect(bestEpochs({}, 'val_loss', [3, 2, 2, 2.5, 1])).toEqual([1, 2, 5]);
    expect(bestEpochs({ best: 'val_accuracy' }, 'val_accuracy', [0.5, 0.4, 0.5, 0.9])).toEqual([1, 4]);
  });

  it('goes by the metric behind a name, and behind that of a class', () => {
    const metrics = [
      { type: 'mae', name: 'off' },
      { type: 'f1', per_class: true },
      { type: 'mse', name: 'f1_error' },
    ];
    const better = (monitor: string) => largerIsBetter(experimentSchema.parse({ ...experiment({}), metrics }), monitor);
    expect(['val_off', 'val_loss', 'train_loss_f1', 'val_f1_error'].map(better)).toEqual([false, false, false, false]);
    expect(['val_f1', 'train_f1_cat', 'test_f1_0'].map(better)).toEqual([true, true, true]);
  });

  it('is sought anew when a resumed run is given another monitor', () => {
    const progress = newProgress();
    updateBest(progress, experiment({}), { val_loss: 0.1 });
    expect(updateBest(progress, experiment({ best: 'val_accuracy' }), { val_accuracy: 0.05 })).toBe(true);
    expect(progress.best).toEqual({ monitor: 'val_accuracy', value: 0.05, epoch: 0 });
  });
});

describe('early stopping', () => {
  /** The epoch after which training stops, if any. */
  const stop = (stopping: object, name: string, values: number[]): number | undefined => {
    const config = experiment({ early_stopping: stopping });
    const progress = newProgress();
    const index = values.findIndex((value) => {
      updateEarlyStopping(progress, config, { [name]: value });
      return stopsEarly(progress, config);
    });
    return index < 0 ? undefined : index + 1;
  };

  it('counts epochs without a better value, from the last better one', () => {
    expect(stop({ patience: 2 }, 'val_loss', [3, 2, 2, 1.9, 2, 2, 2])).toBe(6);
    expect(stop({ patience: 2 }, 'val_loss', [3, 2, 2, 1.9, 2, 1.8])).toBeUndefined();
    expect(stop({ monitor: 'val_accuracy', patience: 1 }, 'val_accuracy', [0.1, 0.2, 0.2])).toBe(3);
  });

  it('needs a gain above min_delta; no patience is that of one epoch', () => {
    expect(stop({ patience: 2, min_delta: 0.5 }, 'val_loss', [3, 2.6, 2.5, 1])).toBe(3);
    expect(stop({ patience: 0 }, 'val_loss', [3, 2, 2])).toBe(3);
  });
});

describe('a schedule that follows a metric', () => {
  const following = (monitor: string) =>
    experimentSchema.parse({
      ...experiment({}),
      schedule: { type: 'reduce_on_plateau', monitor, patience: 0, factor: 0.5, warmup_steps: 3 },
    });
  const horizon = { stepsPerEpoch: 2, totalSteps: 100 };

  it('is told of the epochs that end after the warm-up', () => {
    const progress = newProgress();
    const rates = [9, 8, 8, 7, 7, 7].map((val_loss) => {
      progress.epoch++;
      updateSchedule(progress, following('val_loss'), { val_loss }, horizon);
      return learningRateAt(following('val_loss'), 2 * progress.epoch + 1, horizon, progress) / 0.001;
    });
    expect(rates).toEqual([1, 1, 0.5, 0.5, 0.25, 0.125]);
  });

  it('knows by the metric whether larger is better', () => {
    const progress = { ...newProgress(), epoch: 5 };
    for (const val_accuracy of [0.1, 0.2, 0.3]) updateSchedule(progress, following('val_accuracy'), { val_accuracy }, horizon);
    expect(progress.schedule?.memory).toMatchObject({ best: 0.3, factor: 1 });
  });

  it('begins anew when a resumed run is given another metric or schedule, or comes from a time before it', () => {
    const progress = { ...newProgress(), epoch: 5 };
    for (const val_loss of [1, 1, 1]) updateSchedule(progress, following('val_loss'), { val_loss }, horizon);
    const rate = (config: typeof base, from: object) => learningRateAt(config, 11, horizon, from as typeof progress);
    const base = following('val_loss');
    expect(rate(base, progress)).toBeCloseTo(0.00025, 15);
    expect(rate(following('train_loss'), progress)).toBe(0.001);
    expect(rate(experiment({}), progress)).toBe(0.001);
    expect(rate(base, {})).toBe(0.001);
    updateSchedule(progress, following('train_loss'), { train_loss: 5 }, horizon);
    expect(progress.schedule).toMatchObject({ monitor: 'train_loss', memory: { best: 5, factor: 1 } });
  });
});

describe('expect', () => {
  it('gives a line for every bound that is missed, and for NaN', () => {
    const run = { ...experiment({}), expect: { val_loss: { min: 1, max: 2 }, test_accuracy: { min: 0.9 } } };
    expect(missedExpectations(run, { val_loss: 1.5, test_accuracy: 0.9 })).toEqual([]);
    expect(missedExpectations(run, { val_loss: 2.25, test_accuracy: NaN })).toEqual([
      'expected val_loss of at most 2, but it is 2.25',
      'expected test_accuracy of at least 0.9, but it is NaN',
    ]);
    expect(missedExpectations(run, { val_loss: 0.5 })).toEqual([
      'expected val_loss of at least 1, but it is 0.5',
      'expected test_accuracy, but the run has no such metric',
    ]);
  });
});
