import type { Model } from '../graph/programs.js';

/** Sums over samples of one stretch of training: an epoch, or what lies between two log lines. */
export interface Sums {
  samples: number;
  /** By metric name (`loss`, `accuracy`): the sum over samples. */
  totals: Record<string, number>;
}

export const emptySums = (): Sums => ({ samples: 0, totals: {} });

/** The totals take the order of the means: sums that come from a checkpoint have another. */
export function addTo(sums: Sums, size: number, means: Readonly<Record<string, number>>): void {
  sums.samples += size;
  const totals = Object.entries(means).map(([name, mean]) => [name, (sums.totals[name] ?? 0) + mean * size] as const);
  sums.totals = Object.fromEntries(totals);
}

/** The means over samples, each name with a prefix: `train_loss`. */
export function meansOf({ samples, totals }: Sums, prefix: string): Record<string, number> {
  return Object.fromEntries(Object.entries(totals).map(([name, total]) => [`${prefix}${name}`, total / samples]));
}

/**
 * How far a run has come, apart from its tensors: everything that resuming needs. Kept as the metadata of each checkpoint.
 * Shuffles, dropout masks and initial weights need nothing here: they are functions of (seed, epoch, step).
 */
export interface Progress {
  /** Updates made. */
  step: number;
  /** Epochs completed. */
  epoch: number;
  /** Batches of the current epoch completed. */
  stepInEpoch: number;
  epochSums: Sums;
  intervalSums: Sums;
  /** What the last completed epoch came to, in training and validation. */
  lastEpoch: Record<string, number>;
  /** The best value so far of the metric that decides which checkpoint is best, and its epoch. */
  best: { monitor: string; value: number; epoch: number } | null;
  earlyStopping: { monitor: string; value: number; epochsWithout: number } | null;
  stoppedEarly: boolean;
  /** At most so many batches of each epoch: it decides how long the schedule is, so it holds for the whole run. */
  limitBatches: number | null;
}

export const newProgress = (limitBatches: number | null = null): Progress => ({
  step: 0,
  epoch: 0,
  stepInEpoch: 0,
  epochSums: emptySums(),
  intervalSums: emptySums(),
  lastEpoch: {},
  best: null,
  earlyStopping: null,
  stoppedEarly: false,
  limitBatches,
});

/** Whether epochs are left to train. */
export function isUnfinished({ epoch, stoppedEarly }: Progress, { experiment }: Pick<Model, 'experiment'>): boolean {
  return epoch < experiment.train.epochs && !stoppedEarly;
}
