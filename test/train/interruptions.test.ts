import { describe, expect, it } from 'vitest';
import { CpuBackend } from '../../src/backends/cpu/cpu.js';
import type { Checkpoint } from '../../src/files/checkpoint.js';
import { captureState, restoreState, stateShapes } from '../../src/train/checkpoint-state.js';
import type { Progress } from '../../src/train/progress.js';
import { dataOf, originOf } from '../graph/experiment.js';
import { type SmallRunSettings, smallRun, train } from './small-run.js';

const layers = [{ type: 'dense', units: 5 }, { type: 'batch_norm' }, { type: 'dropout', rate: 0.3 }, { type: 'dense', units: 3 }];
const schedule = { type: 'cosine', warmup_steps: 1 };

/** Trains to the end, or until so many batches, from the start or from a checkpoint. Gives back what would be saved. */
async function trainFrom(settings: SmallRunSettings, from?: Checkpoint, stopAfter = Infinity): Promise<Checkpoint> {
  const { setup, session } = await smallRun(new CpuBackend({ threads: 1 }), {
    layers,
    schedule,
    ...settings,
    events: { shouldStop: () => setup.progress.step >= stopAfter },
  });
  if (from !== undefined) {
    await restoreState(session, from, stateShapes(setup.model).keys());
    Object.assign(setup.progress, structuredClone(from.metadata['progress']) as Progress);
  }
  await train(setup);
  const checkpoint = await captureState(session, setup.model, setup.progress, originOf(dataOf([4], 3)));
  await session.dispose();
  const tensors = new Map([...checkpoint.tensors].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
  return { tensors, metadata: structuredClone(checkpoint.metadata) };
}

describe('a run that is stopped after any batch', () => {
  it.each<[string, SmallRunSettings]>([
    [
      'accumulated gradients, a moving average and slots of rows and columns',
      { optimizer: { type: 'adafactor' }, train: { epochs: 2, accumulate_steps: 4, ema: { decay: 0.8, warmup: true } } },
    ],
    [
      'the mean over epochs, and momentum that depends on the step',
      { optimizer: { type: 'nadam' }, train: { epochs: 2, accumulate_steps: 2, swa: { start_epoch: 1 } } },
    ],
    [
      'groups, a bounded norm and first values other than 0',
      {
        optimizer: {
          type: 'adagrad',
          initial_accumulator_value: 0.1,
          clip: { type: 'global_norm', max: 0.5 },
          groups: [{ match: '*/bias', learning_rate_multiplier: 2, weight_decay: 0.1 }],
        },
        train: { epochs: 2 },
      },
    ],
  ])('goes on to the same bits: %s', async (_, settings) => {
    const whole = await trainFrom(settings);
    expect((whole.metadata['progress'] as Progress).step).toBe(12);
    for (let batches = 1; batches < 12; batches++) {
      const stopped = await trainFrom(settings, undefined, batches);
      expect((stopped.metadata['progress'] as Progress).step).toBe(batches);
      expect(await trainFrom(settings, stopped), `stopped after ${batches}`).toEqual(whole);
    }
  });
});
