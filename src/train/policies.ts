import { metrics } from '../catalog/metrics/index.js';
import type { Experiment } from '../spec/experiment.js';
import type { Progress } from './progress.js';

/** Whether a larger value of `train_accuracy`, `val_loss`, ... is better. */
export function largerIsBetter(monitor: string): boolean {
  const type = monitor.replace(/^(train|val|test)_/, '');
  return type !== 'loss' && metrics.get(type).larger === 'better';
}

/** What decides which checkpoint is best. */
export function bestMonitor({ train, data }: Experiment): string {
  return train.best ?? (data.validation > 0 ? 'val_loss' : 'train_loss');
}

/** Notes an epoch's value of the best monitor. Gives back whether it is the best so far. */
export function updateBest(progress: Progress, experiment: Experiment, values: Readonly<Record<string, number>>): boolean {
  const monitor = bestMonitor(experiment);
  const value = values[monitor]!;
  const { best } = progress;
  const better = best === null || (largerIsBetter(monitor) ? value > best.value : value < best.value);
  if (better) progress.best = { value, epoch: progress.epoch };
  return better;
}

/** Notes an epoch for early stopping. Gives back whether training is to stop. */
export function updateEarlyStopping(
  progress: Progress,
  { train }: Experiment,
  values: Readonly<Record<string, number>>,
): boolean {
  if (train.early_stopping === undefined) return false;
  const { monitor, patience, min_delta } = train.early_stopping;
  const value = values[monitor]!;
  const before = progress.earlyStopping.value;
  const gain = before === null ? Infinity : largerIsBetter(monitor) ? value - before : before - value;
  if (gain > min_delta) progress.earlyStopping = { value, epochsWithout: 0 };
  else progress.earlyStopping.epochsWithout++;
  return progress.earlyStopping.epochsWithout >= Math.max(1, patience);
}
