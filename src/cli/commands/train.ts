import type { Command } from 'commander';
import { exitCode, UserError } from '../../errors.js';
import type { Run } from '../../files/run-folder.js';
import { trainingProgram } from '../../graph/programs.js';
import { type LoadedExperiment, loadExperiment } from '../../spec/load.js';
import { type Change, changesBetween, checkChanges, describeChange } from '../../train/changes.js';
import { batchPrograms } from '../../train/batch-programs.js';
import { prepareModel } from '../../train/prepare.js';
import { isUnfinished } from '../../train/progress.js';
import { type RunLock, lockRun } from '../../train/run-lock.js';
import {
  type Resumed,
  beginTraining,
  changedParts,
  datasetContext,
  fittedDataOf,
  openRunExperiment,
  resumeTraining,
  startRun,
  writeConfig,
  writeEnvironment,
} from '../../train/run.js';
import { closeSources, loadSources } from '../../train/sources.js';
import { train } from '../../train/trainer.js';
import { obtainDevice } from '../devices.js';
import { formatMetric } from '../format.js';
import { type DeviceFlags, addDeviceOptions, deviceOptions, setOption, wholeNumber } from '../options.js';
import { printNote, printResult } from '../output.js';
import { type Prepared, trainInto } from '../training-run.js';

export interface TrainFlags extends DeviceFlags {
  set?: string[];
  run?: string;
  runs: string;
  resume?: string;
  weights?: string;
  quiet?: boolean;
  dryRun?: boolean;
  limitBatches?: number;
  json?: boolean;
  fold?: number;
  /** Whether the result is left to whoever asked for the run. */
  isPart?: boolean;
}

export function addTrainCommand(program: Command): void {
  const command = program
    .command('train')
    .description('train a model, and evaluate it on the test set')
    .argument('[config]', 'the config file; none with --resume')
    .addOption(setOption())
    .option('--run <dir>', 'the folder of this run, in place of runs/<name>-<n>')
    .option('--runs <dir>', 'where run folders are made', 'runs')
    .option('--resume <run>', 'continue a run where its last checkpoint stands; with --set train.epochs=N for longer')
    .option('--weights <checkpoint>', 'start from the parameters of a checkpoint')
    .option('--limit-batches <n>', 'train on at most n batches of each epoch; a resumed run keeps its limit', wholeNumber(1))
    .option('--fold <k>', 'hold out fold k of data.folds, from 1, in place of data.validation', wholeNumber(1))
    .option('--dry-run', 'do everything for one batch, and write nothing')
    .option('--quiet', 'show no progress')
    .option('--json', 'print the results as JSON');
  addDeviceOptions(command).action(async (config: string | undefined, flags: TrainFlags) => {
    process.exitCode = await runTraining(config, flags);
  });
}

/** What is trained, and the run it goes on from, if any. */
interface Task {
  loaded: LoadedExperiment;
  folder: string;
  configFile: string;
  resumed: Run | undefined;
  /** What the resumed run has not had so far. */
  changes: readonly Change[];
}

/** What makes no sense beside `--resume`, and why. */
const excludedByResume = {
  weights: 'one continues a run, the other starts one',
  run: 'a resumed run stays in its folder',
  limitBatches: 'a resumed run keeps the limit it was started with',
  dryRun: 'try the config itself: nn train CONFIG --dry-run',
  fold: 'a resumed run keeps its fold',
} as const;

function openTask(config: string | undefined, flags: TrainFlags): Task {
  const usage = (message: string, hint: string): UserError => new UserError(message, { hint, exit: 'usage' });
  if (flags.resume === undefined) {
    if (config === undefined) throw usage('no config file is given', 'nn train CONFIG, or nn train --resume RUN');
    const loaded = loadExperiment(config, { overrides: overridesOf(flags) });
    return { loaded, folder: loaded.folder, configFile: config, resumed: undefined, changes: [] };
  }
  if (config !== undefined) throw usage('--resume takes the config of the run, and no other', 'change values with --set');
  for (const [flag, why] of Object.entries(excludedByResume)) {
    const option = `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (flags[flag as keyof typeof excludedByResume] !== undefined) throw usage(`--resume and ${option} exclude each other`, why);
  }
  const { run, ...rest } = openRunExperiment(flags.resume, flags.set ?? []);
  const changes = changesBetween(openRunExperiment(flags.resume).loaded.experiment, rest.loaded.experiment);
  checkChanges(changes);
  return { ...rest, resumed: run, changes };
}

/** What the command line changes in the config. */
const overridesOf = ({ set = [], fold }: TrainFlags): string[] => [...set, ...(fold === undefined ? [] : [`data.fold=${fold}`])];

/** Runs the whole command. Gives back the exit code. */
export async function runTraining(config: string | undefined, flags: TrainFlags): Promise<number> {
  const { loaded, folder, configFile, resumed, changes } = openTask(config, flags);
  const say = (line: string): void => {
    if (!flags.quiet) printNote(line);
  };
  const context = datasetContext(folder, say, resumed && fittedDataOf(resumed.paths.lastCheckpoint));
  const model = await prepareModel(loaded, context);
  const backend = await obtainDevice(deviceOptions(flags), () => trainingProgram(model, model.experiment.data.batch_size), say);
  const { sources, fitted, provenance, parts } = await loadSources(loaded, model, context);
  const programs = batchPrograms(model, sources);
  const session = await backend.open(programs);
  const prepared = { backend, session, model, sources, programs, fitted };
  let lock: RunLock | undefined;
  try {
    if (flags.dryRun) return await rehearse(prepared, flags);
    if (resumed) lock = lockRun(resumed.folder);
    const { weights, limitBatches } = flags;
    const start: Resumed = resumed
      ? await resumeTraining(resumed, session, model, sources)
      : {
          progress: await beginTraining(session, model, {
            ...(weights === undefined ? {} : { weights }),
            ...(limitBatches === undefined ? {} : { limitBatches }),
          }),
          numerics: backend.description.numerics,
        };
    if (start.numerics !== backend.description.numerics) {
      say(
        `note: computed with ${start.numerics} so far and with ${backend.description.numerics} from here: the bits will differ`,
      );
    }
    const run =
      resumed ??
      startRun({ loaded, backend, fitted, provenance, parts, root: flags.runs, ...(flags.run ? { directory: flags.run } : {}) });
    lock ??= lockRun(run.folder);
    const unfinished = isUnfinished(start.progress, model);
    if (resumed) changedParts(resumed, parts).forEach(say);
    // A complete run is only tested again: its config stays the one that it was trained with.
    if (resumed && unfinished) {
      changes.forEach((change) => say(describeChange(change)));
      writeConfig(run, loaded);
      writeEnvironment(run, { loaded, backend, provenance, parts, folder, configFile });
    }
    for (const line of describeStart(run, resumed && start, model.experiment.train.epochs, unfinished)) say(line);
    return await trainInto(run, { ...prepared, progress: start.progress }, flags);
  } finally {
    lock?.release();
    closeSources(sources);
    await session.dispose();
  }
}

/** The run, where it goes on, and if it does not, how it could. */
function describeStart(run: Run, resumed: Resumed | undefined, epochs: number, unfinished: boolean): string[] {
  if (resumed === undefined) return [`run: ${run.folder}`];
  const { epoch, step, stoppedEarly } = resumed.progress;
  if (unfinished) return [`run: ${run.folder}`, `resumed at epoch ${epoch + 1}, after step ${step}`];
  const trained = epoch > epochs ? `it has trained ${epoch} epochs already` : `${epoch} of ${epochs} epochs`;
  return [
    `run: ${run.folder}`,
    stoppedEarly ? `complete: it stopped early after epoch ${epoch}` : `complete: ${trained}; testing it again`,
    `to train on: nn train --resume ${run.folder} ` +
      (stoppedEarly ? '--set train.early_stopping.patience=N' : `--set train.epochs=${2 * epoch}`),
  ];
}

/** One step and one validation, to see that everything fits. */
async function rehearse(prepared: Prepared, flags: TrainFlags): Promise<number> {
  const { session, model } = prepared;
  const { experiment } = model;
  const progress = await beginTraining(session, model, {
    limitBatches: 1,
    ...(flags.weights === undefined ? {} : { weights: flags.weights }),
  });
  const nothing = (): void => undefined;
  await train({
    ...prepared,
    model: { ...model, experiment: { ...experiment, train: { ...experiment.train, epochs: 1 } } },
    progress,
    events: { stepped: nothing, logged: nothing, epochEnded: nothing, save: async () => undefined, shouldStop: () => false },
  });
  const values = progress.lastEpoch;
  if (flags.json) printResult(JSON.stringify({ dry_run: true, ...values }));
  else {
    for (const [name, value] of Object.entries(values)) printResult(`${name} ${formatMetric(value)}`);
    printResult('dry run: one batch passed; nothing was written');
  }
  return exitCode.ok;
}
