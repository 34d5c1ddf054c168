import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { CpuBackend } from '../../src/backends/cpu/cpu.js';
import { UserError } from '../../src/errors.js';
import type { Progress } from '../../src/train/progress.js';
import { smallRun, train } from './small-run.js';

/** Trains until `stopAfter` steps, if it is given, noting what would have been saved. */
async function trainUntil(stopAfter: number | undefined, settings: object = {}) {
  const saves: { step: number; stepInEpoch: number; best: boolean }[] = [];
  const { setup, session } = await smallRun(new CpuBackend({ threads: 1 }), {
    train: { epochs: 2, ...settings },
    events: {
      save: async ({ step, stepInEpoch }: Progress, best) => void saves.push({ step, stepInEpoch, best }),
      shouldStop: () => setup.progress.step === stopAfter,
    },
  });
  const completed = await train(setup);
  await session.dispose();
  return { completed, saves, progress: setup.progress };
}

// Two epochs of six steps, the last of them on four records.
describe('a request to stop', () => {
  it('is met after the step, which is saved', async () => {
    const { completed, saves, progress } = await trainUntil(4);
    expect({ completed, step: progress.step, stepInEpoch: progress.stepInEpoch }).toEqual({
      completed: false,
      step: 4,
      stepInEpoch: 4,
    });
    expect(saves).toEqual([{ step: 4, stepInEpoch: 4, best: false }]);
  });

  it('at the end of an epoch lets it be validated and saved first', async () => {
    const { completed, saves, progress } = await trainUntil(6);
    expect({ completed, epoch: progress.epoch }).toEqual({ completed: false, epoch: 1 });
    expect(saves).toEqual([{ step: 6, stepInEpoch: 0, best: true }]);
    expect(Object.keys(progress.lastEpoch)).toEqual(['train_loss', 'train_accuracy', 'val_loss', 'val_accuracy']);
  });

  it('at the end of the last epoch finds the training complete', async () => {
    const { completed, progress } = await trainUntil(12);
    expect({ completed, epoch: progress.epoch }).toEqual({ completed: true, epoch: 2 });
  });
});

describe('metrics of a run', () => {
  it('come in the order of the config, classes last, and in training without those that need all records', async () => {
    const metrics = [{ type: 'roc_auc', per_class: true }, { type: 'f1', per_class: true, name: 'score' }, 'perplexity'];
    const train_ = { epochs: 6, best: 'val_roc_auc_1' };
    const { setup, session } = await smallRun(new CpuBackend({ threads: 1 }), { train: train_, metrics });
    await train(setup);
    await session.dispose();
    const { lastEpoch, best } = setup.progress;
    expect(Object.keys(lastEpoch)).toEqual([
      ...['train_loss', 'train_score', 'train_perplexity', 'train_score_0', 'train_score_1', 'train_score_2'],
      ...['val_loss', 'val_roc_auc', 'val_score', 'val_perplexity'],
      ...['val_roc_auc_0', 'val_roc_auc_1', 'val_roc_auc_2', 'val_score_0', 'val_score_1', 'val_score_2'],
    ]);
    expect(lastEpoch.val_perplexity).toBeCloseTo(Math.exp(lastEpoch.val_loss!), 5);
    expect(best!.value).toBeGreaterThan(0.5);
  });
});

describe('what is saved', () => {
  it('is every epoch, and every so many steps', async () => {
    const { saves } = await trainUntil(undefined, { checkpoint_every_steps: 4 });
    expect(saves.map(({ step, stepInEpoch }) => [step, stepInEpoch])).toEqual([
      [4, 4],
      [6, 0],
      [8, 2],
      [12, 0], // The end of the epoch saves once, not twice.
    ]);
  });
});

describe('the pace', () => {
  it('counts the records of the smaller last batch as they are', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const paces: number[] = [];
    const { setup, session } = await smallRun(new CpuBackend({ threads: 1 }), {
      train: { epochs: 1, log_every_steps: 6 },
      events: {
        stepped: () => void vi.advanceTimersByTime(500),
        logged: (_, { samples_per_second }) => void paces.push(samples_per_second!),
      },
    });
    await train(setup);
    await session.dispose();
    expect(paces).toEqual([44 / 3]);
  });
});

describe('a value that is not finite', () => {
  it('in an input names the data, the step and the batch, and leaves the state as it was', async () => {
    const { setup, session } = await smallRun(new CpuBackend({ threads: 1 }), { train: { epochs: 1 } });
    const { batch } = setup.sources.train;
    setup.sources.train.batch = async function (epoch, step) {
      const one = await batch.call(this, epoch, step);
      if (step === 3) one.values.get('input')![5] = NaN;
      return one;
    };
    const error: unknown = await train(setup).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toBe(
      'the loss is NaN at step 4 (batch 4 of epoch 1); it comes from the data (a record holds NaN or infinity in input)',
    );
    expect(setup.progress.step).toBe(3);
    for (const { name } of setup.model.parameters)
      expect((await session.readState(name)).every(Number.isFinite), name).toBe(true);
    await session.dispose();
  });
});
