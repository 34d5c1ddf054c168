import { swaWeight } from '../graph/averages.js';
import { names } from '../graph/names.js';
import { breathe } from './evaluate.js';
import { averageProgram, programName, randomKeys } from './batch-programs.js';
import type { TrainingSetup } from './trainer.js';
import { batchesPerEpoch } from './updates.js';

/**
 * Takes the weights at the end of an epoch into their mean, where the config asks for one: stochastic weight averaging (Izmailov et al.,
 * 2018). Running statistics belong to the weights that they were gathered with. Those of the mean are gathered anew, by a pass over the
 * batches of the epoch, as `update_bn` of PyTorch does.
 */
export async function averageEpoch({ session, model, sources, programs, progress }: TrainingSetup): Promise<void> {
  const { train, seed } = model.experiment;
  if (train.swa === undefined) return;
  const weight = swaWeight(train.swa, progress.epoch + 1);
  await session.executable(averageProgram).run(new Map([[names.averageWeight, Float32Array.of(weight)]]));
  // A mean of one is the weights themselves, and a copy has their statistics.
  if (weight === 1 || model.statistics.length === 0) return;
  for (let step = 0; step < batchesPerEpoch(sources, progress); step++) {
    const { values, size } = await sources.train.batch(progress.epoch, step);
    const name = programName('statistics', size);
    const inputs = new Map(values);
    for (const { purpose } of programs[name]!.random) {
      const keys = randomKeys(seed, `average/${purpose}`, progress.step - step);
      keys.forEach((key, i) => inputs.set(`random/${purpose}/${i}`, Float32Array.of(key)));
    }
    await session.executable(name).run(inputs);
    if (step % 16 === 15) await breathe();
  }
}
