import { names, trainingProgram } from '../graph/programs.js';
import { loadExperiment } from '../spec/load.js';
import { programName } from '../train/batch-programs.js';
import { initialize } from '../train/checkpoint-state.js';
import { breathe } from '../train/evaluate.js';
import { prepareModel } from '../train/prepare.js';
import { datasetContext } from '../train/run.js';
import { closeSources, loadSources } from '../train/sources.js';
import { scheduleInputs } from '../train/trainer.js';
import { type DeviceOptions, obtainDevice } from './devices.js';
import { printNote } from './output.js';

/** How long the thread may be held before batches that threads have made are noted, in milliseconds: as in training. */
const longestHold = 20;

/** A stretch of steps, in milliseconds each. */
interface Stretch {
  readonly step: number;
  /** Until the batch was there. */
  readonly wait: number;
}

/**
 * Times the training steps of a config with its batches, and in turn with the same batch again and again: what reading, augmentation and
 * transforms cost. The learning rate is 0, so that nothing diverges.
 */
export async function timeWithData(
  file: string,
  options: DeviceOptions,
  { seconds, rounds }: { seconds: number; rounds: number },
): Promise<Record<string, unknown>> {
  const loaded = loadExperiment(file);
  const context = datasetContext(loaded.folder, printNote);
  const model = await prepareModel(loaded, context);
  const { sources } = await loadSources(loaded, model, context);
  const { train } = sources;
  const name = programName('train', train.batchSize);
  const programs = { [name]: trainingProgram(model, train.batchSize) };
  const backend = await obtainDevice(
    options,
    () => programs[name]!,
    () => undefined,
  );
  const session = await backend.open(programs);
  try {
    await initialize(session, model);
    const executable = session.executable(name);
    const full = Math.floor(train.length / train.batchSize);
    let made = 0;
    const next = async (): Promise<Map<string, Float32Array>> => {
      const place = { step: made, epoch: Math.floor(made / full), stepInEpoch: made % full };
      made++;
      const time = { step: made, learningRate: 0, samples: train.batchSize, isComplete: true };
      return (await scheduleInputs({ model, sources, programs }, place, time)).inputs;
    };
    const one = new Map([...(await next())].map(([input, values]) => [input, values.slice()]));
    const stretch = async (inputs: () => Promise<Map<string, Float32Array>>, least = (seconds * 1000) / 2): Promise<Stretch> => {
      const start = performance.now();
      let [steps, wait, held] = [0, 0, start];
      while (performance.now() - start < least || steps < 5) {
        const asked = performance.now();
        const batch = await inputs();
        wait += performance.now() - asked;
        await executable.run(batch);
        await executable.read(names.loss);
        steps++;
        if (performance.now() - held < longestHold) continue;
        await breathe();
        held = performance.now();
      }
      return { step: (performance.now() - start) / steps, wait: wait / steps };
    };
    const again = (): Promise<Map<string, Float32Array>> => Promise.resolve(one);
    // Engines compile what runs often anew, and whether threads make batches is found out in the first steps.
    for (const inputs of [again, next]) await stretch(inputs, Math.max(2000, (seconds * 1000) / 2));
    const pairs: { bare: Stretch; whole: Stretch }[] = [];
    for (let round = 0; round < rounds; round++) pairs.push({ bare: await stretch(again), whole: await stretch(next) });
    const middle = (of: (pair: (typeof pairs)[number]) => number): number =>
      Number(
        pairs
          .map(of)
          .sort((a, b) => a - b)
          [pairs.length >> 1]!.toPrecision(4),
      );
    return {
      engine: `nn, ${backend.description.engine}`,
      config: file,
      batch: train.batchSize,
      rounds,
      step_ms: middle(({ bare }) => bare.step),
      step_with_data_ms: middle(({ whole }) => whole.step),
      wait_ms: middle(({ whole }) => whole.wait),
      ratio: middle(({ bare, whole }) => whole.step / bare.step),
      peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
    };
  } finally {
    closeSources(sources);
    await session.dispose();
  }
}
