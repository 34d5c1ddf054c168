import { describe, expect, it } from 'vitest';
import { CpuBackend } from '../../src/backends/cpu/cpu.js';
import { horizonOf, updateOf } from '../../src/train/updates.js';
import { type SmallRunSettings, smallRun, train } from './small-run.js';

/** Two epochs over 44 records. */
async function trained(settings: SmallRunSettings) {
  const rates: number[] = [];
  const { setup, session } = await smallRun(new CpuBackend({ threads: 1 }), {
    ...settings,
    train: { epochs: 2, log_every_steps: 1, ...settings.train },
    events: { logged: (_, { learning_rate }) => void rates.push(learning_rate!) },
  });
  await train(setup);
  const parameters: number[] = [];
  for (const { name } of setup.model.parameters) parameters.push(...(await session.readState(name)));
  await session.dispose();
  return { rates, parameters, progress: setup.progress };
}

const layers = [
  { type: 'dense', units: 5, activation: 'tanh' },
  { type: 'dense', units: 3 },
];

describe('the update of a batch', () => {
  it('is a function of its place: the last of an epoch has what is left, and counts its records', async () => {
    const { setup, session } = await smallRun(new CpuBackend({ threads: 1 }), { train: { epochs: 3, accumulate_steps: 4 } });
    await session.dispose();
    const { experiment } = setup.model;
    const at = (epoch: number, stepInEpoch: number, batches = 6) =>
      Object.values(updateOf({ epoch, stepInEpoch }, experiment, setup.sources.train, batches));
    // Six batches: five of eight records, and one of four.
    expect([0, 1, 2, 3, 4, 5].map((step) => at(0, step))).toEqual([
      [1, 32, false],
      [1, 32, false],
      [1, 32, false],
      [1, 32, true],
      [2, 12, false],
      [2, 12, true],
    ]);
    expect(at(2, 5)).toEqual([6, 12, true]);
    // Epochs that --limit-batches ends sooner.
    expect(at(1, 4, 5)).toEqual([4, 8, true]);
    expect(at(1, 0, 1)).toEqual([2, 8, true]);
    expect(horizonOf(experiment, 6)).toEqual({ stepsPerEpoch: 2, totalSteps: 6 });
  });
});

describe('accumulated gradients', () => {
  it.each([{ type: 'sgd', learning_rate: 0.5, momentum: 0.9 }, { type: 'adafactor' }])(
    'of two batches train as one batch of twice the size, the smaller last one included: %j',
    async (optimizer) => {
      // Six batches of 8, 8, 8, 8, 8, 4 records, and three of 16, 16, 12.
      const two = await trained({ layers, optimizer, train: { accumulate_steps: 2 } });
      const one = await trained({ layers, optimizer, batchSize: 16, train: {} });
      expect(two.parameters.length).toBe(one.parameters.length);
      two.parameters.forEach((value, i) => expect(value).toBeCloseTo(one.parameters[i]!, 5));
      expect(two.progress.lastEpoch.train_loss).not.toBeCloseTo(
        (await trained({ layers, optimizer, train: {} })).progress.lastEpoch.train_loss!,
        3,
      );
      expect(two.progress).toMatchObject({ step: 12, epoch: 2 });
    },
  );

  it('make schedules and warm-ups count updates', async () => {
    const schedule = { type: 'cosine', warmup_steps: 2 };
    const optimizer = { type: 'sgd', learning_rate: 1 };
    const two = await trained({ layers, optimizer, schedule, train: { accumulate_steps: 2 } });
    const one = await trained({ layers, optimizer, schedule, batchSize: 16, train: {} });
    expect(one.rates).toHaveLength(6);
    expect(two.rates).toEqual(one.rates.flatMap((rate) => [rate, rate]));
  });

  it('let dropout draw anew for every batch', async () => {
    const dropped = [{ type: 'dropout', rate: 0.5 }, ...layers];
    const optimizer = { type: 'sgd', learning_rate: 0.5 };
    const two = await trained({ layers: dropped, optimizer, train: { accumulate_steps: 2 } });
    const one = await trained({ layers: dropped, optimizer, batchSize: 16, train: {} });
    expect(two.parameters).not.toEqual(one.parameters);
    expect(two.parameters).toEqual((await trained({ layers: dropped, optimizer, train: { accumulate_steps: 2 } })).parameters);
  });
});
