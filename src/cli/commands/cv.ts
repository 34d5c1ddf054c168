import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { UserError, exitCode } from '../../errors.js';
import { fileError } from '../../files/file-error.js';
import { readJsonFile, writeJsonFile } from '../../files/json-file.js';
import { readMetrics } from '../../files/metrics-log.js';
import { createNumbered, openRun, runPaths } from '../../files/run-folder.js';
import { type LoadedExperiment, loadExperiment } from '../../spec/load.js';
import { changesBetween } from '../../train/changes.js';
import { missedExpectations } from '../../train/expectations.js';
import { type Summary, summaryOf } from '../../train/summary.js';
import { formatMetric, formatTable } from '../format.js';
import { type DeviceFlags, addDeviceOptions, setOption, wholeNumber } from '../options.js';
import { printNote, printResult } from '../output.js';
import { runTraining } from './train.js';

interface CrossValidationFlags extends DeviceFlags {
  folds?: number;
  set?: string[];
  run?: string;
  runs: string;
  quiet?: boolean;
  json?: boolean;
}

export function addCrossValidationCommand(program: Command): void {
  const command = program
    .command('cv')
    .description('cross-validate: train once for each fold, which is held out of the training part, and average')
    .argument('<config>', 'the config file; its `expect` is for the means over the folds')
    .option('--folds <n>', 'how many folds, by default data.folds', wholeNumber(2))
    .addOption(setOption())
    .option(
      '--run <dir>',
      'the folder of the runs, in place of runs/<name>-cv-<n>; folds that are in it are kept or gone on with',
    )
    .option('--runs <dir>', 'where the folder is made', 'runs')
    .option('--quiet', 'show no progress')
    .option('--json', 'print the results as JSON');
  addDeviceOptions(command).action(async (config: string, flags: CrossValidationFlags) => {
    process.exitCode = await crossValidate(config, flags);
  });
}

/** Runs the whole command. Gives back the exit code. */
async function crossValidate(config: string, flags: CrossValidationFlags): Promise<number> {
  const say = (line: string): void => {
    if (!flags.quiet) printNote(line);
  };
  const overrides = [...(flags.set ?? []), ...(flags.folds === undefined ? [] : [`data.folds=${flags.folds}`])];
  // Read before the first fold is trained: what is wrong with the config is told at once, whichever fold it is.
  const { experiment } = loadExperiment(config, { overrides: [...overrides, 'data.fold=1'] });
  const { folds } = experiment.data;
  const folder = flags.run === undefined ? createNumbered(flags.runs, `${experiment.name}-cv`) : makeFolder(flags.run);
  say(`cross-validation: ${folder}`);
  const results: Record<string, number>[] = [];
  for (let fold = 1; fold <= folds; fold++) {
    const run = join(folder, `${experiment.name}-fold-${fold}`);
    const set = [...overrides, `data.fold=${fold}`, 'expect=null'];
    const state = stateOf(run, loadExperiment(config, { overrides: set }));
    say(`fold ${fold} of ${folds}${state === 'complete' ? ': complete' : ''}`);
    if (state !== 'complete') {
      const { device, threads, vectorBits, deterministic, quiet } = flags;
      const wishes = {
        device,
        runs: flags.runs,
        isPart: true,
        ...(threads === undefined ? {} : { threads }),
        ...(vectorBits === undefined ? {} : { vectorBits }),
        ...(deterministic === undefined ? {} : { deterministic }),
        ...(quiet === undefined ? {} : { quiet }),
      };
      const code =
        state === 'new'
          ? await runTraining(config, { ...wishes, set, run })
          : await runTraining(undefined, { ...wishes, resume: run });
      if (code !== exitCode.ok) {
        printNote(`continue the cross-validation with: nn cv ${config} --run ${folder}`);
        return code;
      }
    }
    results.push(resultsOf(run));
  }
  const metrics = summaryOf(results);
  const means = Object.fromEntries(Object.entries(metrics).map(([name, { mean }]) => [name, mean]));
  const missed = missedExpectations(experiment, means);
  const summary = { folds, metrics, missed };
  writeJsonFile(join(folder, 'summary.json'), summary);
  if (flags.json) printResult(JSON.stringify({ run: folder, ...summary }));
  else {
    printResult(formatSummary(metrics));
    printResult(`means over ${folds} folds: ${folder}`);
  }
  for (const line of missed) printNote(`${line} on average over the folds`);
  return missed.length > 0 ? exitCode.failed : exitCode.ok;
}

function makeFolder(folder: string): string {
  if (existsSync(runPaths(folder).run)) {
    throw new UserError(`${folder} is the folder of a run, and not of a cross-validation`, {
      hint: 'give another --run DIR',
      exit: 'usage',
    });
  }
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw fileError('create the folder', folder, error);
  }
  return folder;
}

/**
 * How far the run of a fold has come.
 * @throws UserError if it was started with another config
 */
function stateOf(folder: string, { experiment }: LoadedExperiment): 'new' | 'begun' | 'complete' {
  if (!existsSync(folder)) return 'new';
  const { paths } = openRun(folder);
  const [change] = changesBetween(loadExperiment(paths.config).experiment, experiment);
  if (change !== undefined) {
    throw new UserError(
      `${folder} was trained with another config: its ${change.path.join('.')} is ${JSON.stringify(change.before) ?? 'not set'}`,
      {
        hint: 'cross-validate into another folder, with another --run DIR',
        exit: 'usage',
      },
    );
  }
  return existsSync(paths.summary) ? 'complete' : 'begun';
}

/** What a fold came to: the means of its last epoch, validation included, and the test. */
function resultsOf(folder: string): Record<string, number> {
  const { metrics, summary } = runPaths(folder);
  const last = readMetrics(metrics).findLast(({ kind }) => kind === 'epoch');
  const values = Object.entries({ ...last, ...(readJsonFile(summary)['metrics'] as object) });
  return Object.fromEntries(
    values.filter(([name, value]) => /^(train|val|test)_/.test(name) && typeof value === 'number'),
  ) as Record<string, number>;
}

function formatSummary(metrics: Readonly<Record<string, Summary>>): string {
  const rows = Object.entries(metrics).map(([name, { mean, standard_deviation, values }]) => [
    name,
    `${formatMetric(mean)} ± ${formatMetric(standard_deviation)}`,
    formatMetric(Math.min(...values)),
    formatMetric(Math.max(...values)),
  ]);
  return formatTable(['metric', 'mean ± standard deviation', 'least', 'most'], rows, [1, 2, 3]);
}
