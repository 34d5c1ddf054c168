import { type Command, InvalidArgumentError } from 'commander';
import { fitModel, predictionProgram } from '../../graph/programs.js';
import { evaluatedShapes, loadMatchingCheckpoint, restoreState } from '../../train/checkpoint-state.js';
import { generateText, generationProgram, textTaskOf } from '../../train/generate.js';
import { openRunExperiment, requireFittedData } from '../../train/run.js';
import { obtainDevice } from '../devices.js';
import { checkCheckpointFlag, chooseCheckpoint, findRun } from '../find-run.js';
import { type DeviceFlags, addDeviceOptions, deviceOptions, wholeNumber } from '../options.js';
import { printNote, writeResult } from '../output.js';

interface GenerateFlags extends DeviceFlags {
  prompt: string;
  length: number;
  temperature: number;
  topK?: number;
  topP?: number;
  seed: number;
  runs: string;
  checkpoint?: 'best' | 'last';
  quiet?: boolean;
}

/** A parser for numbers of a range. */
const numberBetween =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= least && value <= most)) {
      throw new InvalidArgumentError(`It must be a number from ${least} to ${most}.`);
    }
    return value;
  };

/** Parses a probability that is not 0. */
function probability(text: string): number {
  const value = numberBetween(0, 1)(text);
  if (value === 0) throw new InvalidArgumentError('It must be above 0; --temperature 0 takes the likeliest.');
  return value;
}

export function addGenerateCommand(program: Command): void {
  const command = program
    .command('generate')
    .description('write text with a model that was trained on text')
    .argument('<target>', 'a run folder, a checkpoint of one, or a config, which means its newest run')
    .requiredOption('--prompt <text>', 'what the text goes on from, or what is to be translated')
    .option(
      '--length <n>',
      'characters to write at most, or words or parts of them, as the model has learnt',
      wholeNumber(1),
      400,
    )
    .option('--temperature <t>', '0 takes the likeliest character; 1 draws as the model has learnt', numberBetween(0, 100), 0.8)
    .option('--top-k <n>', 'draw from the n likeliest only', wholeNumber(1))
    .option('--top-p <p>', 'draw from the likeliest that together have this probability', probability)
    .option('--seed <n>', 'the same seed writes the same text', wholeNumber(0), 0)
    .option('--checkpoint <which>', 'best or last; by default the one the run is judged by')
    .option('--runs <dir>', 'where the runs of a config are looked for', 'runs')
    .option('--quiet', 'print nothing but the text');
  addDeviceOptions(command).action(runGeneration);
}

async function runGeneration(target: string, flags: GenerateFlags): Promise<void> {
  const say = (line: string): void => {
    if (!flags.quiet) printNote(line);
  };
  checkCheckpointFlag(flags.checkpoint);
  const { run, checkpoint } = findRun(target, flags.runs);
  const { loaded } = openRunExperiment(run.folder);
  const path = checkpoint ?? chooseCheckpoint(run, loaded, flags.checkpoint).path;
  const model = fitModel(loaded.experiment, requireFittedData(path).info);
  const task = textTaskOf(model);
  const weights = loadMatchingCheckpoint(path, model, 'evaluation');
  const backend = await obtainDevice(deviceOptions(flags), () => predictionProgram(model, 1), say);
  const session = await backend.open({ [generationProgram]: predictionProgram(model, 1) });
  try {
    await restoreState(session, weights, evaluatedShapes(model).keys());
    const sampling = { temperature: flags.temperature, topK: flags.topK, topP: flags.topP };
    if (task.kind === 'continue') writeResult(flags.prompt);
    const { prompt, length, seed } = flags;
    for await (const piece of generateText(session, model, { prompt, length, sampling, seed })) writeResult(piece);
    writeResult('\n');
  } finally {
    await session.dispose();
  }
}
