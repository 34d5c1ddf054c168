import type { Executable, Session } from '../backends/backend.js';
import type { Batches } from '../data/batches.js';
import { type Model, names } from '../graph/programs.js';
import type { Program } from '../program/program.js';
import { partName } from '../spec/result-names.js';
import { programName } from './batch-programs.js';
import { oncePer } from './once-per.js';
import { type Measures, addTo, emptySums, resultsOf } from './progress.js';

const lossPrefix = names.lossPart('');
const weightPrefix = names.lossWeight('');
const metricPrefix = 'metric/';

/** The outputs of a program that say what a batch came to, each with its name among `Measures`. */
const measuredOutputs = oncePer((outputs: Program['outputs']) => {
  const named = (prefix: string, under: string): (readonly [output: string, name: string])[] =>
    [...outputs.keys()]
      .filter((output) => output.startsWith(prefix))
      .map((output) => [output, `${under}${output.slice(prefix.length)}`]);
  return { losses: named(lossPrefix, partName('')), weights: named(weightPrefix, ''), statistics: named(metricPrefix, '') };
});

/** What the batch that was run last came to. */
export async function readMeasures(executable: Executable, { outputs }: Pick<Program, 'outputs'>): Promise<Measures> {
  const measured = measuredOutputs(outputs);
  const losses: Record<string, number> = { loss: (await executable.read(names.loss))[0]! };
  const weights: Record<string, number> = {};
  const statistics = new Map<string, ArrayLike<number>>();
  for (const [output, name] of measured.losses) losses[name] = (await executable.read(output))[0]!;
  for (const [output, name] of measured.weights) weights[name] = (await executable.read(output))[0]!;
  for (const [output, name] of measured.statistics) statistics.set(name, await executable.read(output));
  return { losses, weights, statistics };
}

/** Loss and metrics over all records of a source, each name with a prefix (`val_`), whatever the batches. */
export async function evaluate(
  session: Session,
  programs: Readonly<Record<string, Pick<Program, 'outputs'>>>,
  model: Pick<Model, 'experiment' | 'info'>,
  source: Batches,
  prefix: string,
): Promise<Record<string, number>> {
  const sums = emptySums();
  for (let step = 0; step < source.stepsPerEpoch; step++) {
    const { values, size } = await source.batch(0, step);
    const name = programName('evaluate', size);
    const executable = session.executable(name);
    await executable.run(values);
    addTo(sums, size, await readMeasures(executable, programs[name]!), model.experiment);
    if (step % 16 === 15) await breathe();
  }
  return resultsOf(sums, model, prefix);
}

/**
 * Lets signals and timers in: a step on the CPU holds the thread. Two immediates, since the first may come in the same turn of the
 * event loop, before it looks for signals again.
 */
export const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
