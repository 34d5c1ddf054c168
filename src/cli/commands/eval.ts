import type { Command } from 'commander';
import { evaluationProgram } from '../../graph/programs.js';
import { evaluatedShapes, loadMatchingCheckpoint, restoreState } from '../../train/checkpoint-state.js';
import { evaluate } from '../../train/evaluate.js';
import { batchPrograms } from '../../train/batch-programs.js';
import { prepareModel } from '../../train/prepare.js';
import { progressFrom } from '../../train/progress.js';
import { changedParts, datasetContext, describeChoice, fittedDataOf, openRunExperiment } from '../../train/run.js';
import { closeSources, loadSources } from '../../train/sources.js';
import { obtainDevice } from '../devices.js';
import { checkCheckpointFlag, chooseCheckpoint, findRun } from '../find-run.js';
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

async function runEvaluation(target: string, flags: EvalFlags): Promise<void> {
  const say = (line: string): void => {
    if (!flags.quiet && !flags.json) printNote(line);
  };
  checkCheckpointFlag(flags.checkpoint);
  const { run, checkpoint } = findRun(target, flags.runs);
  const { loaded, folder } = openRunExperiment(run.folder, flags.set ?? []);
  const chosen = checkpoint === undefined ? chooseCheckpoint(run, loaded, flags.checkpoint) : undefined;
  const path = chosen?.path ?? checkpoint!;
  const context = datasetContext(folder, say, fittedDataOf(path));
  const model = await prepareModel(loaded, context);
  const loadedCheckpoint = loadMatchingCheckpoint(path, model, 'evaluation');
  const progress = progressFrom(loadedCheckpoint.metadata);

  const { batch_size } = model.experiment.data;
  const backend = await obtainDevice(deviceOptions(flags), () => evaluationProgram(model, batch_size), say);
  const { sources, parts } = await loadSources(loaded, model, context, 'test');
  changedParts(run, parts).forEach(say);
  const programs = Object.entries(batchPrograms(model, sources)).filter(([name]) => name.startsWith('evaluate'));
  const session = await backend.open(Object.fromEntries(programs));
  try {
    await restoreState(session, loadedCheckpoint, evaluatedShapes(model).keys());
    const values = await evaluate(session, Object.fromEntries(programs), model, sources.test, 'test_');
    if (flags.json) printResult(JSON.stringify({ run: run.folder, checkpoint: path, records: sources.test.length, ...values }));
    else {
      printResult(formatTestValues(values));
      const choice = chosen === undefined ? path : describeChoice(chosen.which, progress);
      printResult(`${choice} on ${sources.test.length.toLocaleString('en-US')} test records`);
      if (checkpoint === undefined) printResult(`run: ${run.folder}`);
    }
  } finally {
    closeSources(sources);
    await session.dispose();
  }
}
