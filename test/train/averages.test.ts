import { describe, expect, it } from 'vitest';
import type { Session } from '../../src/backends/backend.js';
import { CpuBackend } from '../../src/backends/cpu/cpu.js';
import { emaWeight, swaWeight } from '../../src/graph/averages.js';
import { names } from '../../src/graph/names.js';
import type { Progress } from '../../src/train/progress.js';
import { type SmallRun, type SmallRunSettings, smallRun, train } from './small-run.js';

const layers = [
  { type: 'dense', units: 5 },
  { type: 'batch_norm', momentum: 0.3 },
  { type: 'activation', function: 'tanh' },
  { type: 'dropout', rate: 0.2 },
  { type: 'dense', units: 3 },
];
const optimizer = { type: 'sgd', learning_rate: 0.3, momentum: 0.5 };

const weightsOf = ({ setup: { model } }: SmallRun): string[] =>
  [...model.parameters, ...model.statistics].map(({ name }) => name);

async function read(session: Session, wanted: readonly string[]): Promise<Map<string, number[]>> {
  const values = new Map<string, number[]>();
  for (const name of wanted) values.set(name, [...(await session.readState(name))]);
  return values;
}

/** Trains, and notes the weights and their averages whenever they would be saved. */
async function trained(settings: Partial<SmallRunSettings> & { train: object }) {
  const saved: { raw: Map<string, number[]>; averages: Map<string, number[]>; values: Record<string, number> }[] = [];
  const averaged = 'ema' in settings.train || 'swa' in settings.train;
  const run: SmallRun = await smallRun(new CpuBackend({ threads: 1 }), {
    layers,
    optimizer,
    ...settings,
    events: {
      save: async ({ lastEpoch }: Progress) => {
        const raw = await read(run.session, weightsOf(run));
        const averages = averaged ? await read(run.session, weightsOf(run).map(names.average)) : new Map<string, number[]>();
        saved.push({ raw, averages, values: lastEpoch });
      },
    },
  });
  await train(run.setup);
  await run.session.dispose();
  return { saved, run };
}

const close = (found: readonly number[], expected: readonly number[], digits = 5): void =>
  found.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, digits));

describe('a moving average', () => {
  it('begins with a copy, and with a warm-up forgets early weights sooner', () => {
    const decay = (options: { decay: number; warmup: boolean }, steps: number[]) =>
      steps.map((step) => 1 - emaWeight(options, step));
    expect(emaWeight({ decay: 0.999, warmup: false }, 1)).toBe(1);
    close(decay({ decay: 0.9, warmup: false }, [1, 2, 100]), [0, 0.9, 0.9], 12);
    close(decay({ decay: 0.9, warmup: true }, [1, 2, 3, 80, 1000]), [0, 3 / 12, 4 / 13, 0.9, 0.9], 12);
  });

  it('leaves the weights that are trained as they would be without it, and is what validation sees', async () => {
    const train = { epochs: 3 };
    const plain = await trained({ train });
    const averaging = await trained({ train: { ...train, ema: { decay: 0.9 } } });
    for (const [i, { raw, values }] of averaging.saved.entries()) {
      expect(raw).toEqual(plain.saved[i]!.raw);
      expect(values.train_loss).toBe(plain.saved[i]!.values.train_loss);
      expect(values.val_loss).not.toBe(plain.saved[i]!.values.val_loss);
    }
  });

  it('without decay is the weights themselves, statistics included', async () => {
    const plain = await trained({ train: { epochs: 2 } });
    const { saved } = await trained({ train: { epochs: 2, ema: { decay: 0 } } });
    for (const [i, { raw, averages, values }] of saved.entries()) {
      for (const [name, value] of raw) expect(averages.get(names.average(name)), name).toEqual(value);
      expect(values.val_loss).toBe(plain.saved[i]!.values.val_loss);
    }
  });

  it('follows the updates, not the batches', async () => {
    // One update in an epoch: the average of epoch n is 0.5 of the one before and 0.5 of the weights.
    const { saved } = await trained({ train: { epochs: 3, accumulate_steps: 6, ema: { decay: 0.5 } } });
    for (const name of saved[0]!.raw.keys()) {
      const average = (epoch: number) => saved[epoch]!.averages.get(names.average(name))!;
      expect(average(0)).toEqual(saved[0]!.raw.get(name));
      for (const epoch of [1, 2]) {
        const half = saved[epoch]!.raw.get(name)!.map((value, i) => 0.5 * value + 0.5 * average(epoch - 1)[i]!);
        close(average(epoch), half);
      }
    }
  });

  it('keeps none of what is frozen', async () => {
    const frozen = layers.map((layer, i) => (i === 0 ? { ...layer, trainable: false } : layer));
    const { setup, session } = await smallRun(new CpuBackend({ threads: 1 }), { layers: frozen, train: { ema: {} } });
    const state = [...setup.programs['evaluate 8']!.state.keys()];
    await session.dispose();
    expect(state.filter((name) => !name.endsWith('/average'))).toEqual(['dense_1/kernel', 'dense_1/bias']);
    expect(state).toContain('batch_norm_1/running_mean/average');
  });
});

describe('the mean of the ends of epochs', () => {
  it('counts from its first epoch', () => {
    expect([1, 2, 3, 4, 5].map((epoch) => swaWeight({ start_epoch: 3 }, epoch))).toEqual([1, 1, 1, 1 / 2, 1 / 3]);
  });

  it('is a copy up to its first epoch, then a mean; training goes on from the weights', async () => {
    const plain = await trained({ train: { epochs: 4 } });
    const { saved } = await trained({ train: { epochs: 4, swa: { start_epoch: 2 } } });
    saved.forEach(({ raw }, i) => expect(raw).toEqual(plain.saved[i]!.raw));
    for (const i of [0, 1]) {
      for (const [name, value] of saved[i]!.raw) expect(saved[i]!.averages.get(names.average(name)), name).toEqual(value);
      expect(saved[i]!.values.val_loss).toBe(plain.saved[i]!.values.val_loss);
    }
    for (const name of ['dense_1/kernel', 'batch_norm_1/gamma', 'dense_2/bias']) {
      const [second, third, fourth] = [1, 2, 3].map((i) => saved[i]!.raw.get(name)!) as [number[], number[], number[]];
      const mean = second.map((value, i) => (value + third[i]! + fourth[i]!) / 3);
      close(saved[3]!.averages.get(names.average(name))!, mean);
    }
    expect(saved[3]!.values.val_loss).not.toBe(plain.saved[3]!.values.val_loss);
  });

  it('has running statistics of its own, gathered over the batches of the epoch', async () => {
    const { saved, run } = await trained({ train: { epochs: 2, swa: { start_epoch: 1 } } });
    const { sources } = run.setup;
    const average = (name: string) => saved[1]!.averages.get(names.average(name))!;
    const [kernel, bias] = [average('dense_1/kernel'), average('dense_1/bias')];
    const statistic = 'batch_norm_1/running_mean';
    // It starts from the mean of the statistics themselves, and follows the batches as in training.
    const start = saved[0]!.raw.get(statistic)!.map((value, i) => (value + saved[1]!.raw.get(statistic)![i]!) / 2);
    const batches: { x: Float32Array; size: number }[] = [];
    for (let step = 0; step < 6; step++) {
      const { values, size } = await sources.train.batch(1, step);
      batches.push({ x: values.get('input')!.slice(), size });
    }
    const expected = batches.reduce((running, { x, size }) => {
      return running.map((value, unit) => {
        let sum = 0;
        for (let i = 0; i < size; i++) {
          sum += bias[unit]!;
          for (let j = 0; j < 4; j++) sum += x[i * 4 + j]! * kernel[j * 5 + unit]!;
        }
        return 0.7 * value + (0.3 * sum) / size;
      });
    }, start);
    close(average(statistic), expected);
    expect(average(statistic)).not.toEqual(saved[1]!.raw.get(statistic));
  });
});
