import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { FittedContext } from '../../catalog/dataset.js';
import { datasets } from '../../catalog/datasets/index.js';
import { UserError, exitCode } from '../../errors.js';
import { predictionsOf } from '../../graph/predictions.js';
import { type Model, answerProgram, fitModel } from '../../graph/programs.js';
import type { LoadedExperiment } from '../../spec/load.js';
import { evaluatedShapes, loadMatchingCheckpoint, restoreState } from '../../train/checkpoint-state.js';
import {
  type RecordsToTell,
  type ToldRecord,
  answerPrograms,
  openNewRecords,
  openPart,
  readNewRecords,
  tellRecords,
} from '../../train/predict.js';
import { prepareModel } from '../../train/prepare.js';
import { progressFrom } from '../../train/progress.js';
import { datasetContext, describeChoice, openRunExperiment, requireFittedData } from '../../train/run.js';
import { type PlannedData, planData } from '../../train/sources.js';
import { obtainDevice } from '../devices.js';
import { checkCheckpointFlag, chooseCheckpoint, findRun } from '../find-run.js';
import { type DeviceFlags, addDeviceOptions, deviceOptions, setOption } from '../options.js';
import { printNote } from '../output.js';
import { type PredictionWriter, checkOutput, openPredictions } from '../prediction-output.js';
import { onStopSignal } from '../signals.js';

const parts = ['train', 'validation', 'test'] as const;
type Part = keyof PlannedData['plans'];

interface PredictFlags extends DeviceFlags {
  part?: string;
  output?: string;
  probabilities?: boolean;
  json?: boolean;
  set?: string[];
  checkpoint?: 'best' | 'last';
  runs: string;
  quiet?: boolean;
}

export function addPredictCommand(program: Command): void {
  const command = program
    .command('predict')
    .description('tell what a trained model makes of new records')
    .argument('<target>', 'a run folder, a checkpoint of one, or a config, which means its newest run')
    .argument(
      '[files...]',
      'what it is to tell of, like what it was trained on: pictures, recordings or texts, or folders of them; tables, whose target may be missing; NPY or NPZ',
    )
    .option('--part <part>', `records of the run's own data in place of files: ${parts.join(', ')}`)
    .option('--output <file>', 'where predictions go: .csv, .jsonl or .npy; by default CSV on standard output')
    .option('--json', 'JSON lines in place of CSV')
    .option('--probabilities', 'what the model gives to each class, and not only to the one it tells')
    .option('--checkpoint <which>', 'best or last; by default the one the run is judged by')
    .addOption(setOption())
    .option('--runs <dir>', 'where the runs of a config are looked for', 'runs')
    .option('--quiet', 'print nothing but predictions');
  addDeviceOptions(command).action(runPrediction);
}

async function runPrediction(target: string, files: readonly string[], flags: PredictFlags): Promise<void> {
  const say = (line: string): void => {
    if (!flags.quiet) printNote(line);
  };
  checkCheckpointFlag(flags.checkpoint);
  const part = partOf(flags.part);
  checkOutput(flags.output, files);
  const { run, checkpoint } = findRun(target, flags.runs);
  const { loaded, folder } = openRunExperiment(run.folder, flags.set ?? []);
  requireFiles(files, part, loaded, target);
  const chosen = checkpoint === undefined ? chooseCheckpoint(run, loaded, flags.checkpoint) : undefined;
  const path = chosen?.path ?? checkpoint!;
  const fitted = requireFittedData(path);
  const { model, records } =
    part === undefined
      ? await fromFiles(loaded, files, { ...datasetContext(process.cwd(), say), fitted }, say)
      : await fromPart(loaded, part, { ...datasetContext(folder, say), fitted }, flags.output);
  try {
    const weights = loadMatchingCheckpoint(path, model, 'evaluation');
    const { batches, nameOf, named } = records;
    const backend = await obtainDevice(deviceOptions(flags), () => answerProgram(model, batches.batchSize), say);
    const session = await backend.open(answerPrograms(model, batches));
    try {
      await restoreState(session, weights, evaluatedShapes(model).keys());
      const stopped = await writePredictions(
        () =>
          openPredictions(predictionsOf(model), {
            file: flags.output,
            json: flags.json === true,
            probabilities: flags.probabilities === true,
            withTargets: part !== undefined,
            named,
            records: batches.length,
          }),
        tellRecords(session, model, batches),
        nameOf,
      );
      if (stopped !== undefined) {
        const left = flags.output === undefined ? '' : '; nothing is written';
        printNote(`stopped after ${stopped.told} of ${batches.length} records${left}`);
        process.exitCode = exitCode[stopped.by === 'SIGTERM' ? 'terminated' : 'interrupted'];
        return;
      }
    } finally {
      await session.dispose();
    }
    const choice = chosen === undefined ? path : describeChoice(chosen.which, progressFrom(weights.metadata));
    const count = records.batches.length;
    say(`${choice} on ${count.toLocaleString('en-US')} ${count === 1 ? 'record' : 'records'}`);
    if (flags.output !== undefined) say(`predictions: ${flags.output}`);
  } finally {
    records.batches.close();
  }
}

/** Writes what is told of each record, wholly or, where it is stopped or fails, not at all. Gives back how it was stopped. */
async function writePredictions(
  open: () => PredictionWriter,
  records: AsyncIterable<ToldRecord>,
  nameOf: (place: number) => string,
): Promise<{ told: number; by: 'SIGINT' | 'SIGTERM' } | undefined> {
  let output: PredictionWriter | undefined;
  // Listens before the file is there: no signal leaves half of one.
  const signal = onStopSignal({ noticed: () => undefined, quitting: () => output?.abandon() });
  let told = 0;
  try {
    output = open();
    for await (const record of records) {
      if (signal.received !== undefined) {
        output.abandon();
        return { told, by: signal.received };
      }
      output.write(nameOf(record.place), record);
      told++;
    }
    output.end();
    return undefined;
  } catch (error) {
    output?.abandon();
    throw error;
  } finally {
    signal.release();
  }
}

function partOf(named: string | undefined): Part | undefined {
  const part = parts.find((one) => one === named);
  if (part !== undefined || named === undefined) return part;
  throw new UserError(`--part takes ${parts.join(', ')}, not "${named}"`, { exit: 'usage' });
}

function requireFiles(files: readonly string[], part: Part | undefined, { experiment }: LoadedExperiment, target: string): void {
  if (files.length > 0 && part !== undefined) {
    throw new UserError('files and --part exclude each other', { hint: 'leave one of them out', exit: 'usage' });
  }
  const { type, newRecords } = datasets.get(experiment.data.dataset.type);
  if (files.length === 0 && part === undefined) {
    throw new UserError('nothing to tell of was named', {
      hint: `nn predict ${target} FILE..., of the data set ${type}: ${newRecords?.from ?? 'NPY or NPZ'}; or --part test`,
      exit: 'usage',
    });
  }
  const missing = files.find((file) => !existsSync(file) && !file.includes('*'));
  if (missing !== undefined) throw new UserError(`${missing} does not exist`, { exit: 'usage' });
}

interface Told {
  readonly model: Model;
  readonly records: RecordsToTell;
}

async function fromFiles(
  loaded: LoadedExperiment,
  files: readonly string[],
  context: FittedContext,
  say: (line: string) => void,
): Promise<Told> {
  const model = fitModel(loaded.experiment, context.fitted.info);
  const found = await readNewRecords(loaded.experiment, files, context);
  found.notes.forEach(say);
  return { model, records: openNewRecords(model, found, context) };
}

async function fromPart(loaded: LoadedExperiment, part: Part, context: FittedContext, output: string | undefined): Promise<Told> {
  const model = await prepareModel(loaded, context);
  const data = await planData(loaded, model, context);
  checkOutput(
    output,
    data.dataset.provenance.map(({ file }) => file),
  );
  return { model, records: openPart(model, data, part) };
}
