import type { Executable, Session } from '../backends/backend.js';
import type { BatchSource } from '../data/batches.js';
import { names } from '../graph/programs.js';
import type { Experiment } from '../spec/experiment.js';
import { programName } from './prepare.js';
import { addTo, emptySums, meansOf } from './progress.js';

/** The loss and metrics of the batch that was run last, by name. */
export async function readMeans(executable: Executable, { metrics }: Experiment): Promise<Record<string, number>> {
  const means: Record<string, number> = { loss: (await executable.read(names.loss))[0]! };
  for (const { type } of metrics) means[type] = (await executable.read(names.metric(type)))[0]!;
  return means;
}

/** Loss and metrics over all records of a source, each name with a prefix (`val_`): means over records, whatever the batches. */
export async function evaluate(
  session: Session,
  experiment: Experiment,
  source: BatchSource,
  prefix: string,
): Promise<Record<string, number>> {
  const sums = emptySums();
  for (let step = 0; step < source.stepsPerEpoch; step++) {
    const { inputs, targets, size } = source.batch(0, step);
    const executable = session.executable(programName('evaluate', size));
    await executable.run(
      new Map([
        [names.input, inputs],
        [names.target, targets],
      ]),
    );
    addTo(sums, size, await readMeans(executable, experiment));
    if (step % 16 === 15) await breathe();
  }
  return meansOf(sums, prefix);
}

/**
 * Lets signals and timers in: a step on the CPU holds the thread. Two immediates, since the first may come in the same turn of the
 * event loop, before it looks for signals again.
 */
export const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
