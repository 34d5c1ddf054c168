import type { Experiment } from '../spec/experiment.js';
import { holdsOut, largerIsBetter } from '../spec/result-names.js';
import type { Progress } from './progress.js';

/** What decides which checkpoint is best. */
export function bestMonitor({ train, data }: Experiment): string {
  return train.best ?? (holdsOut(data) ? 'val_loss' : 'train_loss');
}

/** Notes an epoch's value of the best monitor. Gives back whether it is the best so far. */
export function updateBest(progress: Progress, experiment: Experiment, values: Readonly<Record<string, number>>): boolean {
  const monitor = bestMonitor(experiment);
  const value = values[monitor]!;
  const { best } = progress;
  // A resumed run may have been given another monitor: its values compare with nothing before.
  const comparable = best?.monitor === monitor;
  const better = !comparable || (largerIsBetter(experiment, monitor) ? value > best.value : value < best.value);
  if (better) progress.best = { monitor, value, epoch: progress.epoch };
  return better;
}

/** Notes an epoch for early stopping. */
export function updateEarlyStopping(progress: Progress, experiment: Experiment, values: Readonly<Record<string, number>>): void {
  const stopping = experiment.train.early_stopping;
  if (stopping === undefined) return;
  const { monitor, min_delta } = stopping;
  const value = values[monitor]!;
  const before = progress.earlyStopping;
  const gain =
    before?.monitor !== monitor ? Infinity : largerIsBetter(experiment, monitor) ? value - before.value : before.value - value;
  if (before === null || gain > min_delta) progress.earlyStopping = { monitor, value, epochsWithout: 0 };
  else before.epochsWithout++;
}

/** Whether there have been too many epochs without a better value. Asked anew when a run is resumed with more patience. */
export function stopsEarly({ earlyStopping }: Progress, { train }: Experiment): boolean {
  if (train.early_stopping === undefined || earlyStopping?.monitor !== train.early_stopping.monitor) return false;
  return earlyStopping.epochsWithout >= Math.max(1, train.early_stopping.patience);
}
