import { schedules } from '../catalog/schedules/index.js';
import type { Experiment } from '../spec/experiment.js';

/** How many updates a run has. */
export interface Horizon {
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
}

/**
 * The learning rate of update `step` (from 1): a linear warm-up `step / warmup`, then the schedule over what is left of the run.
 */
export function learningRateAt(
  { optimizer, schedule }: Experiment,
  step: number,
  { stepsPerEpoch, totalSteps }: Horizon,
): number {
  const base = optimizer.learning_rate as number;
  const { warmup_steps, warmup_epochs } = schedule as { warmup_steps?: number; warmup_epochs?: number };
  const warmup = warmup_steps ?? Math.round((warmup_epochs ?? 0) * stepsPerEpoch);
  if (step <= warmup) return (base * step) / warmup;
  const time = { step: step - 1 - warmup, totalSteps: totalSteps - warmup, stepsPerEpoch };
  return base * schedules.get(schedule.type).factor(schedule, time);
}
