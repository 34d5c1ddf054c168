import type { FittedData } from '../catalog/dataset.js';
import { exitCode } from '../errors.js';
import type { Run } from '../files/run-folder.js';
import { evaluatedShapes, loadMatchingCheckpoint, restoreState } from '../train/checkpoint-state.js';
import { evaluate } from '../train/evaluate.js';
import { missedExpectations } from '../train/expectations.js';
import { isUnfinished } from '../train/progress.js';
import { RunRecord } from '../train/record.js';
import { checkpointToEvaluate, describeChoice, progressOf } from '../train/run.js';
import { type TrainingSetup, train } from '../train/trainer.js';
import { batchesPerEpoch } from '../train/updates.js';
import { EpochTable } from './epoch-table.js';
import { formatDuration, formatTestValues } from './format.js';
import { printNote, printResult } from './output.js';
import { onStopSignal } from './signals.js';
import { TrainingDisplay } from './training-display.js';

/** What is trained, and what its checkpoints say of the data. */
export type Prepared = Omit<TrainingSetup, 'events' | 'progress'> & { readonly fitted: FittedData };
type Started = Prepared & Pick<TrainingSetup, 'progress'>;

interface Wishes {
  quiet?: boolean;
  json?: boolean;
  isPart?: boolean;
}

/** Trains, shows how it goes, writes the files of the run and reports. Gives back the exit code. */
export async function trainInto(run: Run, setup: Started, wishes: Wishes): Promise<number> {
  const { backend, session, model, progress, fitted } = setup;
  const { experiment } = model;
  const { epochs, early_stopping } = experiment.train;
  const stepsPerEpoch = batchesPerEpoch(setup.sources, progress);
  const record = new RunRecord(run, model, session, { numerics: backend.description.numerics, data: fitted }, progress);
  const display = new TrainingDisplay(wishes.quiet ? 'quiet' : 'auto', experiment.data.batch_size);
  const table = new EpochTable(epochs);
  const signal = onStopSignal({
    noticed: (name) => display.line(`${name}: finishing this step and saving; once more quits at once`),
    quitting: () => display.stop(),
  });
  const started = performance.now();
  try {
    if (progress.step === 0) await record.save(progress, false);
    const completed = await train({
      ...setup,
      events: {
        stepped: ({ epoch, stepInEpoch }, loss) =>
          display.stepped({ epoch: epoch + 1, epochs, step: stepInEpoch, stepsPerEpoch, loss }),
        logged: (now, values) => record.logged(now, values),
        epochEnded: (now, values) => {
          record.epochEnded(now, values);
          for (const line of table.lines(now.epoch, values)) display.line(line);
        },
        save: (now, best) => record.save(now, best),
        shouldStop: () => signal.received !== undefined,
      },
    });
    display.stop();
    if (!completed) {
      record.close();
      printNote(`stopped after step ${progress.step}; continue with: nn train --resume ${run.folder}`);
      return exitCode[signal.received === 'SIGTERM' ? 'terminated' : 'interrupted'];
    }
    if (progress.stoppedEarly && isUnfinished({ ...progress, stoppedEarly: false }, model)) {
      const { epochsWithout } = progress.earlyStopping!;
      display.line(`stopped early: ${early_stopping!.monitor} has been no better for ${epochsWithout} epochs`);
    }
    const code = await report(run, setup, record, (performance.now() - started) / 1000, wishes);
    record.close();
    return code;
  } catch (error) {
    record.abandon();
    throw error;
  } finally {
    signal.release();
    display.stop();
  }
}

/** Evaluates on the test set, writes the summary, prints the result and checks `expect:`. */
async function report(run: Run, setup: Started, record: RunRecord, seconds: number, wishes: Wishes): Promise<number> {
  const { backend, session, model, sources, progress } = setup;
  const { path, which } = checkpointToEvaluate(run, model);
  if (which === 'best') {
    await restoreState(session, loadMatchingCheckpoint(path, model, 'evaluation'), evaluatedShapes(model).keys());
  }
  const test = await evaluate(session, setup.programs, model, sources.test, 'test_');
  const final = { ...progress.lastEpoch, ...test };
  const missed = missedExpectations(model.experiment, final);
  record.finished(progress, test, { run: run.folder, seconds, backend: backend.description, evaluated: which, missed });
  if (wishes.isPart) return exitCode.ok;
  if (wishes.json) {
    printResult(JSON.stringify({ run: run.folder, epoch: progress.epoch, step: progress.step, seconds, ...final, missed }));
  } else {
    printResult(formatTestValues(test));
    const choice = describeChoice(which, which === 'best' ? progressOf(path) : progress);
    printResult(`${choice} on ${sources.test.length.toLocaleString('en-US')} test records`);
    printResult(`run: ${run.folder} (${formatDuration(seconds)})`);
  }
  for (const line of missed) printNote(line);
  return missed.length > 0 ? exitCode.failed : exitCode.ok;
}
