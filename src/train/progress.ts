import { metrics } from '../catalog/metrics/index.js';
import { fieldOf } from '../graph/measures.js';
import type { Model } from '../graph/programs.js';
import type { Experiment } from '../spec/experiment.js';
import { lossName, lossesOf, metricName, partName } from '../spec/result-names.js';
import { oncePer } from './once-per.js';

/** Sums over samples of one stretch of training: an epoch, or what lies between two log lines. */
export interface Sums {
  samples: number;
  /** By the name of a loss: the sum over samples, or over what it is a mean of. Of several, `loss` is what they do not add up to: penalties. */
  totals: Record<string, number>;
  /** By the name of a loss that is a mean of something else than samples: of how much. */
  weights: Record<string, number>;
  /** By `metric/statistic`: the statistics of all batches. */
  statistics: Record<string, number[]>;
}

export const emptySums = (): Sums => ({ samples: 0, totals: {}, weights: {}, statistics: {} });

/** What one batch came to. */
export interface Measures {
  /** Means over the batch: `loss` and, where there are several, each. */
  readonly losses: Readonly<Record<string, number>>;
  /** How much the batch counts in the mean of a loss, where that is not by its samples. */
  readonly weights: Readonly<Record<string, number>>;
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
  { losses, weights, statistics }: Measures,
  { metrics: specs, loss }: Pick<Experiment, 'metrics' | 'loss'>,
): void {
  sums.samples += size;
  const rest = losses['loss']! - weightedSum({ loss }, losses);
  const totals: Record<string, number> = {};
  for (const name in losses) {
    const value = name === 'loss' ? rest : losses[name]!;
    totals[name] = (sums.totals[name] ?? 0) + value * (weights[name] ?? size);
  }
  sums.totals = totals;
  for (const name in weights) sums.weights[name] = (sums.weights[name] ?? 0) + weights[name]!;
  const collected = collectedIn(specs);
  for (const [name, values] of statistics) {
    const before = sums.statistics[name];
    if (before === undefined) sums.statistics[name] = Array.from(values);
    else if (collected.size > 0 && collected.has(metricOf(name))) {
      for (let i = 0; i < values.length; i++) before.push(values[i]!);
    } else for (let i = 0; i < values.length; i++) before[i]! += values[i]!;
  }
}

/** What several losses add up to; of a single one 0. */
function weightedSum(experiment: Pick<Experiment, 'loss'>, parts: Readonly<Record<string, number>>): number {
  const losses = lossesOf(experiment);
  if (losses.length === 1) return 0;
  return losses.reduce((sum, spec) => sum + spec.weight * parts[partName(lossName(spec))]!, 0);
}

/** The metric that a statistic belongs to. */
const metricOf = (statistic: string): string => statistic.slice(0, statistic.lastIndexOf('/'));

/** Losses and metrics over everything added, each name with a prefix: `train_loss`. Parts of metrics, such as classes, come last. */
export function resultsOf(
  { samples, totals, weights, statistics }: Sums,
  { experiment, info }: Pick<Model, 'experiment' | 'info'>,
  prefix: string,
): Record<string, number> {
  // Where nothing counted, a loss is 0.
  const meanOf = (name: string): number => (weights[name] === 0 ? 0 : totals[name]! / (weights[name] ?? samples));
  const means = Object.fromEntries(Object.keys(totals).map((name) => [name, meanOf(name)]));
  const losses = Object.entries(means).map(
    ([name, mean]) => [`${prefix}${name}`, name === 'loss' ? mean + weightedSum(experiment, means) : mean] as const,
  );
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

function sumsFrom({ samples, totals, weights, statistics }: Sums): Sums {
  if ((statistics as Sums['statistics'] | undefined) !== undefined) {
    const known: Partial<Sums> = { weights };
    return { samples, totals, weights: known.weights ?? {}, statistics };
  }
  const { loss, ...means } = totals;
  const split = Object.entries(means).flatMap(([name, total]) => [
    [`${name}/sum`, [total]],
    [`${name}/count`, [samples]],
  ]);
  return {
    samples,
    totals: loss === undefined ? {} : { loss },
    weights: {},
    statistics: Object.fromEntries(split) as Sums['statistics'],
  };
}

/** Whether epochs are left to train. */
export function isUnfinished({ epoch, stoppedEarly }: Progress, { experiment }: Pick<Model, 'experiment'>): boolean {
  return epoch < experiment.train.epochs && !stoppedEarly;
}
