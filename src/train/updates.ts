import type { UpdateStep } from '../graph/update.js';
import type { Experiment } from '../spec/experiment.js';
import type { Horizon } from './learning-rate.js';
import type { Sources } from './sources.js';
import type { Progress } from './progress.js';

/** Batches of an epoch. */
export function batchesPerEpoch({ train }: Pick<Sources, 'train'>, { limitBatches }: Pick<Progress, 'limitBatches'>): number {
  return Math.min(train.stepsPerEpoch, limitBatches ?? Infinity);
}

/** The updates of an epoch of so many batches, and of the whole run: what learning rates depend on. */
export function horizonOf({ train }: Experiment, batches: number): Horizon {
  const stepsPerEpoch = Math.ceil(batches / train.accumulate_steps);
  return { stepsPerEpoch, totalSteps: stepsPerEpoch * train.epochs };
}

/** The update that a batch belongs to. */
export interface BatchUpdate extends Required<Pick<UpdateStep, 'step' | 'samples'>> {
  /** Whether the batch is its last. */
  readonly isComplete: boolean;
}

/**
 * The update of the next batch: `accumulate_steps` batches make one, and the last one of an epoch has those that are left. A function of
 * the place in the run alone, so that a run killed between two batches of an update goes on in its middle.
 */
export function updateOf(
  { epoch, stepInEpoch }: Pick<Progress, 'epoch' | 'stepInEpoch'>,
  { train }: Experiment,
  source: Sources['train'],
  batches: number,
): BatchUpdate {
  const { accumulate_steps } = train;
  const inEpoch = Math.floor(stepInEpoch / accumulate_steps);
  const first = inEpoch * accumulate_steps;
  const end = Math.min(first + accumulate_steps, batches);
  let samples = 0;
  for (let step = first; step < end; step++) samples += source.sizeOf(step);
  return { step: epoch * Math.ceil(batches / accumulate_steps) + inEpoch + 1, samples, isComplete: stepInEpoch + 1 === end };
}
