import type { Command } from 'commander';
import { UserError } from '../../errors.js';
import { writeFileAtomically } from '../../files/atomic-write.js';
import { trainingProgram } from '../../graph/programs.js';
import { loadExperiment } from '../../spec/load.js';
import {
  type Range,
  type RangeTest,
  type Suggestion,
  rangeTest,
  smoothedLosses,
  suggestionOf,
} from '../../train/learning-rate-finder.js';
import { batchPrograms } from '../../train/batch-programs.js';
import { prepareModel } from '../../train/prepare.js';
import { datasetContext } from '../../train/run.js';
import { closeSources, loadSources } from '../../train/sources.js';
import { obtainDevice } from '../devices.js';
import { type DeviceFlags, addDeviceOptions, deviceOptions, positiveNumber, setOption, wholeNumber } from '../options.js';
import { printNote, printResult } from '../output.js';
import { drawPlot } from '../plot.js';
import { TrainingDisplay } from '../training-display.js';

interface LrFindFlags extends DeviceFlags, Range {
  set?: string[];
  out?: string;
  quiet?: boolean;
  json?: boolean;
}

export function addLrFindCommand(program: Command): void {
  const command = program
    .command('lr-find')
    .description('look for a learning rate: raise it with every step, from initial weights, and see what the loss does')
    .argument('<config>', 'the config file')
    .option('--min <rate>', 'the learning rate of the first step', positiveNumber, 1e-7)
    .option('--max <rate>', 'the learning rate of the last step', positiveNumber, 1)
    .option('--steps <n>', 'how many steps, each with a larger learning rate', wholeNumber(10), 100)
    .addOption(setOption())
    .option('--out <file>', 'write the points to a file: .csv or .json; nothing else is written')
    .option('--quiet', 'print nothing but the result')
    .option('--json', 'print points and suggestions as JSON');
  addDeviceOptions(command).action(findLearningRate);
}

async function findLearningRate(config: string, flags: LrFindFlags): Promise<void> {
  const { min, max, steps, out } = flags;
  if (min >= max) throw new UserError(`--min ${min} is not below --max ${max}`, { exit: 'usage' });
  if (out !== undefined && !/\.(csv|json)$/.test(out)) {
    throw new UserError(`--out takes a name that ends with .csv or .json, not "${out}"`, { exit: 'usage' });
  }
  const say = (line: string): void => {
    if (!flags.quiet && !flags.json) printNote(line);
  };
  const loaded = loadExperiment(config, { overrides: flags.set ?? [] });
  const context = datasetContext(loaded.folder, say);
  const model = await prepareModel(loaded, context);
  const { batch_size } = model.experiment.data;
  const backend = await obtainDevice(deviceOptions(flags), () => trainingProgram(model, batch_size), say);
  const { sources } = await loadSources(loaded, model, context);
  const programs = Object.fromEntries(Object.entries(batchPrograms(model, sources)).filter(([name]) => name.startsWith('train')));
  const session = await backend.open(programs);
  const display = new TrainingDisplay(flags.quiet || flags.json ? 'quiet' : 'auto', batch_size);
  let test: RangeTest;
  try {
    test = await rangeTest({ session, model, sources, programs }, { min, max, steps }, (step, loss) =>
      display.stepped({ epoch: 1, epochs: 1, step, stepsPerEpoch: steps, loss }),
    );
  } finally {
    display.stop();
    closeSources(sources);
    await session.dispose();
  }
  if (test.points.length === 0) {
    throw new UserError(`the loss of the first step is not finite, before anything is learnt`, {
      hint: `nn train ${config} --dry-run tells where it comes from`,
    });
  }
  report(test, flags);
}

function report(test: RangeTest, { min, max, steps, out, json }: LrFindFlags): void {
  const smoothed = smoothedLosses(test.points, steps);
  const suggestion = suggestionOf(test.points, smoothed, steps);
  const document = {
    min,
    max,
    steps,
    stopped: test.stopped,
    suggestion: suggestion === undefined ? null : { steepest: suggestion.steepest, minimum_tenth: suggestion.minimumTenth },
    points: test.points.map(({ learningRate, loss }, i) => ({ learning_rate: learningRate, loss, smoothed_loss: smoothed[i]! })),
  };
  if (out !== undefined) {
    const rows = document.points.map((point) => Object.values(point).join(','));
    const text = out.endsWith('.csv')
      ? ['learning_rate,loss,smoothed_loss', ...rows].join('\n')
      : JSON.stringify(document, null, 2);
    writeFileAtomically(out, [Buffer.from(`${text}\n`)]);
  }
  if (json) printResult(JSON.stringify(document));
  else printResult(describe(test, smoothed, suggestion, { min, max, steps }).join('\n'));
}

/** The plot, why it ends, and what to take from it. */
function describe(
  { points, stopped }: RangeTest,
  smoothed: readonly number[],
  suggestion: Suggestion | undefined,
  { max, steps }: Range,
): string[] {
  const losses = points.map(({ loss }) => loss);
  // What explodes is drawn in the top row.
  const high = Math.max(...smoothed);
  const top = high + 0.1 * (high - Math.min(...losses));
  const short = (rate: number): string => String(Number(rate.toPrecision(2)));
  const plot = drawPlot({
    x: points.map(({ learningRate }) => learningRate),
    points: losses,
    curve: smoothed,
    top,
    ...(suggestion === undefined ? {} : { mark: { at: suggestion.steepest, label: short(suggestion.steepest) } }),
  });
  const ends = {
    end: `all ${steps} steps were made: the loss did not diverge up to ${short(max)}`,
    diverged: `stopped after ${points.length} of ${steps} steps: the loss was 4 times its best`,
    'not finite': `stopped after ${points.length} of ${steps} steps: the loss was no longer finite`,
  };
  if (suggestion === undefined) {
    return [
      'loss over learning rate',
      ...plot,
      '',
      ends[stopped],
      'the loss did not fall by more than its noise: no learning rate can be suggested',
    ];
  }
  return [
    'loss over learning rate',
    ...plot,
    '',
    ends[stopped],
    `steepest descent     ${short(suggestion.steepest)}`,
    `minimum / 10         ${short(suggestion.minimumTenth)}`,
    `to take the first: --set optimizer.learning_rate=${short(suggestion.steepest)}`,
  ];
}
