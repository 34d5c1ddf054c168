import type { Backend, Session } from '../backends/backend.js';
import { UserError } from '../errors.js';
import type { UpdateTime } from '../catalog/optimizer.js';
import type { Model } from '../graph/programs.js';
import { updateInputs } from '../graph/update.js';
import type { Program } from '../program/program.js';
import { averageEpoch } from './averaging.js';
import { divergenceHint } from './checkpoint-state.js';
import { findNonFinite } from './diagnose.js';
import { breathe, evaluate, readMeasures } from './evaluate.js';
import { type Horizon, learningRateAt, updateSchedule } from './learning-rate.js';
import { stopsEarly, updateBest, updateEarlyStopping } from './policies.js';
import { programName, randomKeys } from './batch-programs.js';
import { type Progress, addTo, emptySums, isUnfinished, resultsOf } from './progress.js';
import type { Sources } from './sources.js';
import { type BatchUpdate, batchesPerEpoch, horizonOf, updateOf } from './updates.js';

/** Everything a program reads in one step. */
export interface ScheduledInputs {
  readonly inputs: Map<string, Float32Array>;
  readonly size: number;
}

/** What the trainer tells the one who runs it. Writing files and drawing progress is theirs. */
export interface TrainingEvents {
  /** After every batch. */
  stepped(progress: Progress, loss: number): void;
  /** Every `log_every_steps` batches: means since the last time, learning rate, samples per second. */
  logged(progress: Progress, values: Record<string, number>): void;
  /** After every epoch: training means, validation, seconds. */
  epochEnded(progress: Progress, values: Record<string, number>): void;
  /** Save now: `best` as well if this is the best epoch so far. */
  save(progress: Progress, best: boolean): Promise<void>;
  /** Whether to stop after this batch, as a signal asks. */
  shouldStop(): boolean;
}

export interface TrainingSetup {
  readonly backend: Backend;
  readonly session: Session;
  readonly model: Model;
  readonly sources: Sources;
  readonly programs: Readonly<Record<string, Program>>;
  readonly progress: Progress;
  readonly events: TrainingEvents;
}

/** The update of a batch. */
type BatchTime = BatchUpdate & UpdateTime;

/** How long the thread may be held before signals and timers are let in, in milliseconds. */
const longestHold = 20;

/**
 * Trains from where `progress` stands to the end, or until it is asked to stop. `progress` is kept up to date.
 * @returns whether training was completed
 * @throws UserError where the loss is not finite: the state stays as it was before that step, and nothing is saved
 */
export async function train(setup: TrainingSetup): Promise<boolean> {
  const { model, progress, events } = setup;
  const { experiment } = model;
  const batches = batchesPerEpoch(setup.sources, progress);
  const horizon = horizonOf(experiment, batches);
  const clock = new Clock();
  let saved = performance.now();
  let held = performance.now();
  while (isUnfinished(progress, model)) {
    while (progress.stepInEpoch < batches) {
      const update = updateOf(progress, experiment, setup.sources.train, batches);
      const time = { ...update, learningRate: learningRateAt(experiment, update.step, horizon, progress) };
      const { loss, size } = await trainStep(setup, time);
      clock.count(size);
      events.stepped(progress, loss);
      if (progress.step % experiment.train.log_every_steps === 0) {
        events.logged(progress, {
          ...resultsOf(progress.intervalSums, model, 'train_'),
          learning_rate: time.learningRate,
          samples_per_second: clock.samplesPerSecond(),
        });
        progress.intervalSums = emptySums();
      }
      if (performance.now() - held > longestHold) {
        await breathe();
        held = performance.now();
      }
      // The end of an epoch saves in any case, after its validation.
      if (progress.stepInEpoch === batches) break;
      const { checkpoint_every_steps, checkpoint_every_seconds } = experiment.train;
      const due =
        (checkpoint_every_steps !== undefined && progress.step % checkpoint_every_steps === 0) ||
        performance.now() - saved > checkpoint_every_seconds * 1000;
      const stop = events.shouldStop();
      if (due || stop) {
        await events.save(progress, false);
        saved = performance.now();
      }
      if (stop) return false;
    }
    await endEpoch(setup, horizon, clock);
    saved = performance.now();
    if (events.shouldStop() && isUnfinished(progress, model)) return false;
  }
  return true;
}

/** Runs one batch. Gives back its loss, and how many records it learnt from. */
async function trainStep(setup: TrainingSetup, time: BatchTime): Promise<{ loss: number; size: number }> {
  const { session, model, progress } = setup;
  const { name, ...scheduled } = await scheduleInputs(setup, progress, time);
  const executable = session.executable(name);
  await executable.run(scheduled.inputs);
  const measures = await readMeasures(executable, setup.programs[name]!);
  const loss = measures.losses.loss!;
  if (!Number.isFinite(loss)) {
    const where = await findNonFinite(setup.backend, session, model, scheduled);
    const batch = `batch ${progress.stepInEpoch + 1} of epoch ${progress.epoch + 1}`;
    throw new UserError(`the loss is ${loss} at step ${progress.step + 1} (${batch}); it comes from ${where}`, {
      hint: divergenceHint,
    });
  }
  addTo(progress.epochSums, scheduled.size, measures, model.experiment);
  addTo(progress.intervalSums, scheduled.size, measures, model.experiment);
  progress.step++;
  progress.stepInEpoch++;
  return { loss, size: scheduled.size };
}

/** The program of the batch after those made and all it reads: the batch, the optimizer's numbers and the keys of random sources. */
export async function scheduleInputs(
  { model, sources, programs }: Pick<TrainingSetup, 'model' | 'sources' | 'programs'>,
  made: Pick<Progress, 'step' | 'epoch' | 'stepInEpoch'>,
  time: BatchTime,
): Promise<ScheduledInputs & { name: string }> {
  const { values: fields, size } = await sources.train.batch(made.epoch, made.stepInEpoch);
  const name = programName(time.isComplete ? 'train' : 'accumulate', size);
  const values = new Map(fields);
  if (time.isComplete) for (const [input, value] of updateInputs(model, time)) values.set(input, Float32Array.of(value));
  for (const { purpose } of programs[name]!.random) {
    const keys = randomKeys(model.experiment.seed, purpose, made.step + 1);
    keys.forEach((key, i) => values.set(`random/${purpose}/${i}`, Float32Array.of(key)));
  }
  return { inputs: values, size, name };
}

/** Validates, notes what is best, early stopping and what the schedule follows, and saves. */
async function endEpoch(setup: TrainingSetup, horizon: Horizon, clock: Clock): Promise<void> {
  const { session, model, sources, programs, progress, events } = setup;
  const { experiment } = model;
  const values = resultsOf(progress.epochSums, model, 'train_');
  await averageEpoch(setup);
  if (sources.validation) Object.assign(values, await evaluate(session, programs, model, sources.validation, 'val_'));
  const diverged = Object.entries(values).find(([, value]) => !Number.isFinite(value));
  if (diverged !== undefined) {
    const [name, value] = diverged;
    throw new UserError(`${name} is ${value} after step ${progress.step}, the last of epoch ${progress.epoch + 1}`, {
      hint: divergenceHint,
    });
  }
  progress.epoch++;
  progress.stepInEpoch = 0;
  progress.epochSums = emptySums();
  progress.lastEpoch = values;
  const isBest = updateBest(progress, experiment, values);
  updateEarlyStopping(progress, experiment, values);
  updateSchedule(progress, experiment, values, horizon);
  progress.stoppedEarly = stopsEarly(progress, experiment);
  events.epochEnded(progress, { ...values, seconds: clock.epochSeconds() });
  await events.save(progress, isBest);
}

/** Measures the pace of training. */
class Clock {
  private epochStart = performance.now();
  private intervalStart = performance.now();
  private samples = 0;

  count(samples: number): void {
    this.samples += samples;
  }

  samplesPerSecond(): number {
    const now = performance.now();
    const pace = this.samples / Math.max((now - this.intervalStart) / 1000, 1e-9);
    [this.samples, this.intervalStart] = [0, now];
    return pace;
  }

  epochSeconds(): number {
    const now = performance.now();
    const seconds = (now - this.epochStart) / 1000;
    [this.epochStart, this.intervalStart, this.samples] = [now, now, 0];
    return seconds;
  }
}
