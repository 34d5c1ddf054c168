import { metrics } from '../catalog/metrics/index.js';
import { fieldOf } from '../graph/measures.js';
import type { Model } from '../graph/programs.js';
import type { Experiment } from '../spec/experiment.js';
import { metricName } from '../spec/result-names.js';
import { oncePer } from './once-per.js';

/** Sums over samples of one stretch of training: an epoch, or what lies between two log lines. */
export interface Sums {
  samples: number;
  /** By the name of a loss: the sum over samples. */
  totals: Record<string, number>;
  /** By `metric/statistic`: the statistics of all batches. */
  statistics: Record<string, number[]>;
}

export const emptySums = (): Sums => ({ samples: 0, totals: {}, statistics: {} });

/** What one batch came to. */
export interface Measures {
  /** Means over the batch: `loss` and, where there are several, each. */
  readonly losses: Readonly<Record<string, number>>;
  /** By `metric/statistic`. */
  readonly statistics: ReadonlyMap<string, ArrayLike<number>>;
}

/** The metrics whose batches are put one after the other. */
const collectedIn = oncePer(
  (specs: Experiment['metrics']) => new Set(specs.filter(({ type }) => metrics.get(type).batches === 'collect').map(metricName)),
);

/** Adds a batch. The totals take the order of the losses: sums that come from a checkpoint have another. */
export function addTo(
  sums: Sums,
  size: number,
  { losses, statistics }: Measures,
  { metrics: specs }: Pick<Experiment, 'metrics'>,
): void {
  sums.samples += size;
  const totals: Record<string, number> = {};
  for (const name in losses) totals[name] = (sums.totals[name] ?? 0) + losses[name]! * size;
  sums.totals = totals;
  const collected = collectedIn(specs);
  for (const [name, values] of statistics) {
    const before = sums.statistics[name];
    if (before === undefined) sums.statistics[name] = Array.from(values);
    else if (collected.size > 0 && collected.has(metricOf(name))) {
      for (let i = 0; i < values.length; i++) before.push(values[i]!);
    } else for (let i = 0; i < values.length; i++) before[i]! += values[i]!;
  }
}

/** The metric that a statistic belongs to. */
const metricOf = (statistic: string): string => statistic.slice(0, statistic.lastIndexOf('/'));

/** Losses and metrics over everything added, each name with a prefix: `train_loss`. Parts of metrics, such as classes, come last. */
export function resultsOf(
  { samples, totals, statistics }: Sums,
  { experiment, info }: Pick<Model, 'experiment' | 'info'>,
  prefix: string,
): Record<string, number> {
  const losses = Object.entries(totals).map(([name, total]) => [`${prefix}${name}`, total / samples] as const);
  const results: [string, number][] = [];
  const parts: [string, number][] = [];
  for (const spec of experiment.metrics) {
    const name = metricName(spec);
    const own = Object.entries(statistics).filter(([key]) => metricOf(key) === name);
    if (own.length === 0) continue;
    const collected = Object.fromEntries(own.map(([key, values]) => [key.slice(name.length + 1), values]));
    const result = metrics.get(spec.type).result(collected, spec, fieldOf(info, spec));
    const { '': main, ...rest } = typeof result === 'number' ? { '': result } : result;
    if (main !== undefined) results.push([`${prefix}${name}`, main]);
    for (const [part, value] of Object.entries(rest)) parts.push([`${prefix}${name}_${part}`, value]);
  }
  return Object.fromEntries([...losses, ...results, ...parts]);
}

/**
 * How far a run has come, apart from its tensors: everything that resuming needs. Kept as the metadata of each checkpoint.
 * Shuffles, dropout masks and initial weights need nothing here: they are functions of (seed, epoch, step).
 */
export interface Progress {
  /** Batches trained on: the updates made, unless several make one. */
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
  /** What a schedule that follows a metric remembers of it. */
  schedule: { type: string; monitor: string; memory: unknown } | null;
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
  schedule: null,
  limitBatches,
});

/**
 * The progress that a checkpoint has. Version 0.1 knew no schedules that remember, and added up the means of metrics as those of losses:
 * what they are the means of can be told from their number.
 */
export function progressFrom(metadata: Readonly<Record<string, unknown>>): Progress {
  const saved = metadata['progress'] as Progress;
  return { ...newProgress(), ...saved, epochSums: sumsFrom(saved.epochSums), intervalSums: sumsFrom(saved.intervalSums) };
}

function sumsFrom({ samples, totals, statistics }: Sums): Sums {
  if ((statistics as Sums['statistics'] | undefined) !== undefined) return { samples, totals, statistics };
  const { loss, ...means } = totals;
  const split = Object.entries(means).flatMap(([name, total]) => [
    [`${name}/sum`, [total]],
    [`${name}/count`, [samples]],
  ]);
  return { samples, totals: loss === undefined ? {} : { loss }, statistics: Object.fromEntries(split) as Sums['statistics'] };
}

/** Whether epochs are left to train. */
export function isUnfinished({ epoch, stoppedEarly }: Progress, { experiment }: Pick<Model, 'experiment'>): boolean {
  return epoch < experiment.train.epochs && !stoppedEarly;
}
