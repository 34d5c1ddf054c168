import type { Command } from 'commander';
import type { Backend, Session } from '../../backends/backend.js';
import { exitCode, UserError } from '../../errors.js';
import type { Run } from '../../files/run-folder.js';
import { type Model, trainingProgram } from '../../graph/programs.js';
import { type LoadedExperiment, loadExperiment } from '../../spec/load.js';
import { loadMatchingCheckpoint, restoreState } from '../../train/checkpoint-state.js';
import { evaluate } from '../../train/evaluate.js';
import { missedExpectations } from '../../train/expectations.js';
import { type Sources, batchPrograms, loadSources, prepareModel } from '../../train/prepare.js';
import type { Progress } from '../../train/progress.js';
import { RunRecord } from '../../train/record.js';
import {
  beginTraining,
  checkpointToEvaluate,
  datasetContext,
  describeChoice,
  openRunExperiment,
  progressOf,
  resumeTraining,
  startRun,
  writeConfig,
  writeEnvironment,
} from '../../train/run.js';
import { type TrainingSetup, horizonOf, isUnfinished, train } from '../../train/trainer.js';
import { chooseDevice, openDevice } from '../devices.js';
import { formatDuration, formatMetric, formatTable } from '../format.js';
import { type DeviceFlags, addDeviceOptions, collect, deviceOptions, wholeNumber } from '../options.js';
import { printNote, printResult } from '../output.js';
import { onStopSignal } from '../signals.js';
import { TrainingDisplay } from '../training-display.js';

interface TrainFlags extends DeviceFlags {
  set: string[];
  run?: string;
  runs: string;
  resume?: string;
  weights?: string;
  quiet?: boolean;
  dryRun?: boolean;
  limitBatches?: number;
  json?: boolean;
}

export function addTrainCommand(program: Command): void {
  const command = program
    .command('train')
    .description('train a model, and evaluate it on the test set')
    .argument('[config]', 'the config file; none with --resume')
    .option('--set <path=value>', 'change a value of the config (repeatable)', collect, [])
    .option('--run <dir>', 'the folder of this run, in place of runs/<name>-<n>')
    .option('--runs <dir>', 'where run folders are made', 'runs')
    .option('--resume <run>', 'continue a run where its last checkpoint stands')
    .option('--weights <checkpoint>', 'start from the parameters of a checkpoint')
    .option('--limit-batches <n>', 'train on at most n batches of each epoch', wholeNumber(1))
    .option('--dry-run', 'do everything for one batch, and write nothing')
    .option('--quiet', 'show no progress')
    .option('--json', 'print the results as JSON');
  addDeviceOptions(command).action(async (config: string | undefined, flags: TrainFlags) => {
    process.exitCode = await runTraining(config, flags);
  });
}

/** What is trained, and whether it goes on from a checkpoint. */
interface Task {
  loaded: LoadedExperiment;
  folder: string;
  resumed: Run | undefined;
}

function openTask(config: string | undefined, flags: TrainFlags): Task {
  const usage = (message: string, hint: string): UserError => new UserError(message, { hint, exit: 'usage' });
  if (flags.resume === undefined) {
    if (config === undefined) throw usage('no config file is given', 'nn train CONFIG, or nn train --resume RUN');
    const loaded = loadExperiment(config, { overrides: flags.set });
    return { loaded, folder: loaded.folder, resumed: undefined };
  }
  if (config !== undefined) throw usage('--resume takes the config of the run, and no other', 'change values with --set');
  if (flags.weights !== undefined)
    throw usage('--resume and --weights exclude each other', 'one continues a run, the other starts one');
  if (flags.run !== undefined) throw usage('--resume and --run exclude each other', 'a resumed run stays in its folder');
  const { run, loaded, folder } = openRunExperiment(flags.resume, flags.set);
  return { loaded, folder, resumed: run };
}

/** Runs the whole command. Gives back the exit code. */
async function runTraining(config: string | undefined, flags: TrainFlags): Promise<number> {
  const { loaded, folder, resumed } = openTask(config, flags);
  const say = (line: string): void => {
    if (!flags.quiet) printNote(line);
  };
  const context = datasetContext(folder, say);
  const model = await prepareModel(loaded, context);
  const device = deviceOptions(flags);
  const batchSize = model.experiment.data.batch_size;
  const backend =
    device.device === 'auto' ? await chooseDevice(device, trainingProgram(model, batchSize), say) : await openDevice(device);
  const { dataset, sources } = await loadSources(model, context);
  const programs = batchPrograms(model, sources);
  const session: Session = await backend.open(programs);
  const limitBatches = flags.dryRun ? 1 : flags.limitBatches;
  const setup = { backend, session, model, sources, programs, ...(limitBatches === undefined ? {} : { limitBatches }) };
  try {
    if (flags.dryRun) return await rehearse(setup, say);
    const start = resumed
      ? await resumeTraining(resumed, session, model, sources)
      : { progress: await beginTraining(session, model, flags.weights), numerics: backend.description.numerics };
    if (start.numerics !== backend.description.numerics) {
      say(
        `note: computed with ${start.numerics} so far and with ${backend.description.numerics} from here: the bits will differ`,
      );
    }
    const run =
      resumed ?? startRun({ loaded, backend, dataset, root: flags.runs, ...(flags.run ? { directory: flags.run } : {}) });
    if (resumed) {
      writeConfig(run, loaded);
      writeEnvironment(run, { loaded, backend, dataset, folder });
    }
    say(`run: ${run.folder}${resumed ? `, resumed at epoch ${start.progress.epoch + 1}, step ${start.progress.step}` : ''}`);
    return await trainInto(run, { ...setup, progress: start.progress }, flags);
  } finally {
    await session.dispose();
  }
}

type Prepared = Omit<TrainingSetup, 'events' | 'progress'>;

/** One step and one validation, to see that everything fits. */
async function rehearse(setup: Prepared, say: (line: string) => void): Promise<number> {
  const progress = await beginTraining(setup.session, setup.model, undefined);
  const { experiment } = setup.model;
  const one = { ...setup.model, experiment: { ...experiment, train: { ...experiment.train, epochs: 1 } } };
  let values: Record<string, number> = {};
  await train({
    ...setup,
    model: one,
    progress,
    events: {
      stepped: () => undefined,
      logged: () => undefined,
      epochEnded: (_, means) => void (values = means),
      save: async () => undefined,
      shouldStop: () => false,
    },
  });
  say(`dry run: one batch passed, ${formatValues(values)}; nothing was written`);
  return exitCode.ok;
}

async function trainInto(run: Run, setup: Prepared & { progress: Progress }, flags: TrainFlags): Promise<number> {
  const { backend, session, model, sources, progress } = setup;
  const { experiment } = model;
  const horizon = horizonOf(setup);
  const record = new RunRecord(run, model, session, backend.description.numerics, progress);
  const display = new TrainingDisplay(flags.quiet ? 'quiet' : 'auto', experiment.data.batch_size);
  const signal = onStopSignal((name) => display.line(`${name}: finishing this step and saving; once more quits at once`));
  const started = performance.now();
  try {
    if (progress.step === 0) await record.save(progress, false);
    const completed = await train({
      ...setup,
      events: {
        stepped: ({ epoch, stepInEpoch }, loss) =>
          display.stepped({
            epoch: epoch + 1,
            epochs: experiment.train.epochs,
            step: stepInEpoch,
            stepsPerEpoch: horizon.stepsPerEpoch,
            loss,
          }),
        logged: (now, values) => record.logged(now, values),
        epochEnded: (now, values) => {
          record.epochEnded(now, values);
          display.line(`epoch ${now.epoch}/${experiment.train.epochs}  ${formatValues(values)}`);
        },
        save: (now, best) => record.save(now, best),
        shouldStop: () => signal.received !== undefined,
      },
    });
    display.stop();
    if (!completed) {
      printNote(`stopped after step ${progress.step}; continue with: nn train --resume ${run.folder}`);
      return exitCode[signal.received === 'SIGTERM' ? 'terminated' : 'interrupted'];
    }
    if (progress.stoppedEarly && isUnfinished({ ...progress, stoppedEarly: false }, model)) {
      display.line(
        `stopped early: no better ${experiment.train.early_stopping!.monitor} for ${progress.earlyStopping.epochsWithout} epochs`,
      );
    }
    return await report(
      run,
      { backend, session, model, sources, progress, record, seconds: (performance.now() - started) / 1000 },
      flags,
    );
  } finally {
    signal.release();
    display.stop();
    record.close();
  }
}

interface Trained {
  backend: Backend;
  session: Session;
  model: Model;
  sources: Sources;
  progress: Progress;
  record: RunRecord;
  seconds: number;
}

/** Evaluates on the test set, writes the summary, prints the result and checks `expect:`. */
async function report(run: Run, trained: Trained, flags: TrainFlags): Promise<number> {
  const { backend, session, model, sources, progress, record, seconds } = trained;
  const { path, which } = checkpointToEvaluate(run, model);
  if (which === 'best') {
    const parameters = model.parameters.map(({ name }) => name);
    await restoreState(session, loadMatchingCheckpoint(path, model, 'parameters'), parameters);
  }
  const test = await evaluate(session, model.experiment, sources.test, 'test_');
  const final = { ...record.lastEpoch, ...test };
  const missed = missedExpectations(model.experiment, final);
  record.finished(progress, test, { run: run.folder, seconds, backend: backend.description, evaluated: which, missed });
  const choice = describeChoice(which, model, which === 'best' ? progressOf(path) : progress);
  if (flags.json) printResult(JSON.stringify({ run: run.folder, ...final, missed }));
  else {
    printResult(
      formatTable(
        ['test', 'value'],
        Object.entries(test).map(([name, value]) => [name.replace('test_', ''), formatMetric(value)]),
        [1],
      ),
    );
    printResult(`${choice} on ${sources.test.length.toLocaleString('en-US')} test records`);
    printResult(`run: ${run.folder} (${formatDuration(seconds)})`);
  }
  for (const line of missed) printNote(line);
  return missed.length > 0 ? exitCode.failed : exitCode.ok;
}

function formatValues(values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .map(([name, value]) =>
      name === 'seconds' ? `${value.toFixed(1)} s` : `${name} ${formatMetric(Number(value.toPrecision(4)))}`,
    )
    .join('  ');
}
