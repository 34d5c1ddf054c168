import type { ScheduleSpan } from '../catalog/schedule.js';
import { problemsOfDuration, durationOf } from '../catalog/schedules/duration.js';
import { schedules } from '../catalog/schedules/index.js';
import type { Finding } from '../spec/checks.js';
import type { Experiment } from '../spec/experiment.js';
import { largerIsBetter } from '../spec/result-names.js';
import type { Progress } from './progress.js';

/** How many updates an epoch and a run have. */
export interface Horizon {
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
}

/** What a schedule extends over: the run without its warm-up. */
function spanOf({ schedule }: Experiment, { stepsPerEpoch, totalSteps }: Horizon): ScheduleSpan {
  const warmupSteps = durationOf(schedule, 'warmup', stepsPerEpoch)?.steps ?? 0;
  return { warmupSteps, totalSteps: totalSteps - warmupSteps, stepsPerEpoch };
}

/**
 * The learning rate of update `step` (from 1): a linear warm-up `step / warmup`, then the schedule over what is left of the run.
 * @param progress what a schedule that follows a metric has seen of it; without it, nothing
 */
export function learningRateAt(
  experiment: Experiment,
  step: number,
  horizon: Horizon,
  progress: Pick<Progress, 'schedule'> = { schedule: null },
): number {
  const { optimizer, schedule } = experiment;
  const base = optimizer.learning_rate as number;
  const span = spanOf(experiment, horizon);
  if (step <= span.warmupSteps) return (base * step) / span.warmupSteps;
  const time = { ...span, step: step - 1 - span.warmupSteps };
  return base * schedules.get(schedule.type).factor(schedule, time, memoryOf(experiment, progress));
}

/** What the schedule remembers. A resumed run may have been given another one, or another metric: it then begins anew. */
function memoryOf({ schedule }: Experiment, { schedule: held }: Pick<Progress, 'schedule'>): unknown {
  const same = held?.type === schedule.type && held.monitor === schedule.monitor;
  return same ? held.memory : schedules.get(schedule.type).follows?.start;
}

/** Tells a schedule that follows a metric what the epoch that `progress` has just completed came to. */
export function updateSchedule(
  progress: Progress,
  experiment: Experiment,
  values: Readonly<Record<string, number>>,
  horizon: Horizon,
): void {
  const { schedule } = experiment;
  const { follows } = schedules.get(schedule.type);
  if (follows === undefined || progress.epoch * horizon.stepsPerEpoch <= spanOf(experiment, horizon).warmupSteps) return;
  const monitor = schedule.monitor as string;
  const epoch = { value: values[monitor]!, larger: largerIsBetter(experiment, monitor) ? 'better' : 'worse' } as const;
  progress.schedule = { type: schedule.type, monitor, memory: follows.next(memoryOf(experiment, progress), epoch, schedule) };
}

/** What of the schedule and the warm-up does not fit into a run of this length, each at its path in the config. */
export function scheduleFindings(experiment: Experiment, horizon: Horizon): Finding[] {
  const { schedule } = experiment;
  const whole = { ...horizon, warmupSteps: 0 };
  const warmup = durationOf(schedule, 'warmup', horizon.stepsPerEpoch);
  const tooLong = warmup === undefined || warmup.steps === 0 ? [] : problemsOfDuration(warmup, whole);
  const own = tooLong.length > 0 ? [] : (schedules.get(schedule.type).problems?.(schedule, spanOf(experiment, horizon)) ?? []);
  return [...tooLong, ...own].map(({ path, ...problem }) => ({ ...problem, path: ['schedule', ...path] }));
}
