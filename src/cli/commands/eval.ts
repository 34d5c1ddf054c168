import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../../errors.js';
import { newestRun, openRun, type Run } from '../../files/run-folder.js';
import { evaluationProgram } from '../../graph/programs.js';
import { loadExperiment } from '../../spec/load.js';
import { loadMatchingCheckpoint, restoreState, weightShapes } from '../../train/checkpoint-state.js';
import { evaluate } from '../../train/evaluate.js';
import { batchPrograms, loadSources, prepareModel } from '../../train/prepare.js';
import type { Progress } from '../../train/progress.js';
import { checkpointToEvaluate, datasetContext, describeChoice, openRunExperiment } from '../../train/run.js';
import { obtainDevice } from '../devices.js';
import { formatTestValues } from '../format.js';
import { type DeviceFlags, addDeviceOptions, deviceOptions, setOption } from '../options.js';
import { printNote, printResult } from '../output.js';

interface EvalFlags extends DeviceFlags {
  set?: string[];
  runs: string;
  checkpoint?: 'best' | 'last';
  json?: boolean;
  quiet?: boolean;
}

export function addEvalCommand(program: Command): void {
  const command = program
    .command('eval')
    .description('evaluate a trained model on the test set')
    .argument('<target>', 'a run folder, a checkpoint of one, or a config, which means its newest run')
    .option('--checkpoint <which>', 'best or last; by default the one the run is judged by')
    .addOption(setOption())
    .option('--runs <dir>', 'where the runs of a config are looked for', 'runs')
    .option('--quiet', 'print nothing but the result')
    .option('--json', 'print the result as JSON');
  addDeviceOptions(command).action(runEvaluation);
}

/** The run that a target means, and a checkpoint if it names one. */
function findRun(target: string, runs: string): { run: Run; checkpoint?: string } {
  if (/\.ya?ml$/.test(target) && !(existsSync(target) && statSync(target).isDirectory())) {
    const { experiment } = loadExperiment(target);
    const run = newestRun(runs, experiment.name);
    if (run === undefined) {
      throw new UserError(`${target} has no run in ${runs} yet`, { hint: `train it first: nn train ${target}`, exit: 'usage' });
    }
    return { run };
  }
  if (target.endsWith('.safetensors')) {
    if (!existsSync(target))
      throw new UserError(`${target} does not exist`, { hint: 'give a run folder or a checkpoint of one', exit: 'usage' });
    const folder = join(dirname(target), '..');
    if (!existsSync(join(folder, 'run.json'))) {
      throw new UserError(`${target} lies in no run, so its config is not known`, {
        hint: 'evaluate it where training wrote it: RUN/checkpoints/best.safetensors',
        exit: 'usage',
      });
    }
    return { run: openRun(folder), checkpoint: target };
  }
  return { run: openRun(target) };
}

async function runEvaluation(target: string, flags: EvalFlags): Promise<void> {
  const say = (line: string): void => {
    if (!flags.quiet && !flags.json) printNote(line);
  };
  if (flags.checkpoint !== undefined && !['best', 'last'].includes(flags.checkpoint)) {
    throw new UserError(`--checkpoint takes best or last, not "${flags.checkpoint}"`, { exit: 'usage' });
  }
  const { run, checkpoint } = findRun(target, flags.runs);
  const { loaded, folder } = openRunExperiment(run.folder, flags.set ?? []);
  const context = datasetContext(folder, say);
  const model = await prepareModel(loaded, context);
  const judged = checkpointToEvaluate(run, model);
  const which = flags.checkpoint ?? judged.which;
  const path = checkpoint ?? (which === 'best' ? run.paths.bestCheckpoint : run.paths.lastCheckpoint);
  if (!existsSync(path)) {
    throw new UserError(`${run.folder} has no ${which} checkpoint: ${path} does not exist`, {
      hint: `nn eval ${run.folder} --checkpoint ${which === 'best' ? 'last' : 'best'} evaluates the other one`,
    });
  }
  const loadedCheckpoint = loadMatchingCheckpoint(path, model, 'weights');
  const { progress } = loadedCheckpoint.metadata as unknown as { progress: Progress };

  const { batch_size } = model.experiment.data;
  const backend = await obtainDevice(deviceOptions(flags), () => evaluationProgram(model, batch_size), say);
  const { sources } = await loadSources(model, context);
  const programs = Object.entries(batchPrograms(model, sources)).filter(([name]) => name.startsWith('evaluate'));
  const session = await backend.open(Object.fromEntries(programs));
  try {
    await restoreState(session, loadedCheckpoint, weightShapes(model).keys());
    const values = await evaluate(session, Object.fromEntries(programs), model.experiment, sources.test, 'test_');
    if (flags.json) printResult(JSON.stringify({ run: run.folder, checkpoint: path, records: sources.test.length, ...values }));
    else {
      printResult(formatTestValues(values));
      const choice = checkpoint === undefined ? describeChoice(which, progress) : path;
      printResult(`${choice} on ${sources.test.length.toLocaleString('en-US')} test records`);
      if (checkpoint === undefined) printResult(`run: ${run.folder}`);
    }
  } finally {
    await session.dispose();
  }
}
