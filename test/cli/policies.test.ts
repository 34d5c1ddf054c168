import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadCheckpoint, readCheckpointMetadata } from '../../src/files/checkpoint.js';
import { readJsonFile } from '../../src/files/json-file.js';
import { runPaths } from '../../src/files/run-folder.js';
import type { Progress } from '../../src/train/progress.js';
import { evaluateHere, nnHere, resumeHere, trainHere } from './in-process.js';
import { set, startNn, trainSmoke, until } from './nn.js';
import { bestBytes, lastBytes, lastProgress, rowsOf, sharedFolder, timelessRows } from './runs.js';

const folder = sharedFolder();

/** A model that a run of several epochs takes little time with. */
const small = {
  model: [{ type: 'flatten' }, { type: 'dense', units: 10 }],
  expect: {},
};

/** Trains the small model with these values; gives back its folder and what it printed. */
async function trained(name: string, values: Record<string, unknown>) {
  const run = join(folder, name);
  return { run, ...(await trainHere(run, '--json', ...set({ ...small, ...values }))) };
}

describe('early stopping', { timeout: 30_000 }, () => {
  it('stops after `patience` epochs without a better value, keeps the best, and goes on with more patience', async () => {
    // Such steps overshoot: validation gets worse after a while.
    const values = {
      'train.epochs': 40,
      'train.early_stopping': { monitor: 'val_loss', patience: 3 },
      'optimizer.learning_rate': 0.05,
    };
    const { run, stdout, stderr } = await trained('stopped', values);
    const losses = rowsOf(run, 'epoch').map(({ val_loss }) => val_loss as number);
    const best = losses.indexOf(Math.min(...losses)) + 1;
    expect(losses.length).toBe(best + 3);
    expect(losses.length).toBeLessThan(40);
    expect(stderr).toContain('stopped early: val_loss has been no better for 3 epochs\n');
    expect(lastProgress(run)).toMatchObject({ epoch: best + 3, stoppedEarly: true, best: { monitor: 'val_loss', epoch: best } });

    // What is judged is the best checkpoint, and it holds the state after that epoch.
    const checkpoint = loadCheckpoint(runPaths(run).bestCheckpoint);
    expect(checkpoint.metadata['progress']).toMatchObject({ epoch: best, best: { value: losses[best - 1], epoch: best } });
    const result = JSON.parse(stdout) as Record<string, number>;
    expect(await evaluateHere(run)).toMatchObject({
      test_loss: result['test_loss'],
      checkpoint: runPaths(run).bestCheckpoint,
    });
    expect((await evaluateHere(run, '--checkpoint', 'last'))['test_loss']).not.toBe(result['test_loss']);
    expect(readJsonFile(runPaths(run).summary)).toMatchObject({
      evaluated: 'best',
      epoch: best + 3,
      metrics: { test_loss: result['test_loss'] },
    });

    const again = await resumeHere(run);
    expect(again.stderr).toContain(`complete: it stopped early after epoch ${best + 3}\n`);
    expect(again.stderr).toContain('--set train.early_stopping.patience=N\n');
    const patient = set({ 'train.early_stopping.patience': 5 });
    expect((await resumeHere(run, ...patient)).stderr).toContain(`resumed at epoch ${best + 4}, `);
    expect(lastProgress(run).epoch).toBeGreaterThanOrEqual(best + 5);
  });
});

describe('the learning rate', { timeout: 30_000 }, () => {
  it('rises over the warm-up and falls along a cosine, as metrics.jsonl has it', async () => {
    const { run } = await trained('cosine', {
      'train.epochs': 3,
      'train.log_every_steps': 1,
      'optimizer.learning_rate': 0.01,
      schedule: { type: 'cosine', warmup_epochs: 0.5 },
    });
    const rates = rowsOf(run, 'step').map(({ learning_rate }) => learning_rate as number);
    expect(rates.length).toBe(48);
    rates.forEach((rate, i) => {
      const expected = i < 8 ? (0.01 * (i + 1)) / 8 : 0.005 * (1 + Math.cos((Math.PI * (i - 8)) / 40));
      expect(rate, `step ${i + 1}`).toBeCloseTo(expected, 12);
    });
  });
});

describe('a learning rate that follows a metric', { timeout: 60_000 }, () => {
  it('falls where validation no longer improves, and a killed run goes on to the same bits', async () => {
    const settings = set({
      ...small,
      'train.epochs': 30,
      'train.log_every_steps': 16,
      'train.checkpoint_every_steps': 5,
      'optimizer.learning_rate': 0.05,
      schedule: { type: 'reduce_on_plateau', patience: 1, factor: 0.5, cooldown: 1, min_factor: 0.05, warmup_steps: 20 },
    });
    const whole = join(folder, 'plateau');
    await trainHere(whole, ...settings);
    const rates = rowsOf(whole, 'step').map(({ learning_rate }) => learning_rate as number);
    const losses = rowsOf(whole, 'epoch').map(({ val_loss }) => val_loss as number);
    // By the rule itself; the first epoch ends within the warm-up.
    let memory = { factor: 1, best: Infinity, without: 0, cooldown: 0 };
    const expected = losses.map((loss, epoch) => {
      const rate = epoch === 0 ? (0.05 * 16) / 20 : 0.05 * memory.factor;
      if (epoch === 0) return rate;
      let { factor, best, without, cooldown } = memory;
      without = loss < best * (1 - 1e-4) || cooldown > 0 ? 0 : without + 1;
      if (loss < best * (1 - 1e-4)) best = loss;
      cooldown = Math.max(0, cooldown - 1);
      if (without > 1) [factor, without, cooldown] = [Math.max(factor * 0.5, 0.05), 0, 1];
      memory = { factor, best, without, cooldown };
      return rate;
    });
    rates.forEach((rate, i) => expect(rate, `epoch ${i + 1}`).toBeCloseTo(expected[i]!, 12));
    expect(new Set(rates).size).toBeGreaterThan(5);
    expect(Math.min(...rates)).toBeCloseTo(0.0025, 12);

    const killed = join(folder, 'plateau-killed');
    const { child, done } = startNn(trainSmoke(killed, ...settings));
    const { lastCheckpoint } = runPaths(killed);
    await until(() => {
      const seen = existsSync(lastCheckpoint) && (readCheckpointMetadata(lastCheckpoint)['progress'] as Progress);
      return seen && seen.schedule !== null && (seen.schedule.memory as { factor: number }).factor < 1;
    }, 'a smaller learning rate');
    child.kill('SIGKILL');
    await done;
    expect(lastProgress(killed).epoch).toBeLessThan(30);
    await resumeHere(killed);
    expect(lastBytes(killed)).toBe(lastBytes(whole));
    expect(bestBytes(killed)).toBe(bestBytes(whole));
    expect(timelessRows(killed)).toEqual(timelessRows(whole));
  });
});

describe('the mean over an epoch', { timeout: 30_000 }, () => {
  it('counts a smaller last batch by its records', async () => {
    // With a vanishing learning rate every batch is measured with the initial weights, so one batch of all gives the same mean.
    const still = { 'train.epochs': 1, 'train.log_every_steps': 1, 'optimizer.learning_rate': 1e-12 };
    const { run } = await trained('parts', { ...still, 'data.batch_size': 96 });
    const steps = rowsOf(run, 'step');
    expect(steps.length).toBe(6);
    const sizes = [96, 96, 96, 96, 96, 20];
    const [epoch] = rowsOf(run, 'epoch');
    for (const name of ['train_loss', 'train_accuracy']) {
      const values = steps.map((row) => row[name] as number);
      const mean = values.reduce((sum, value, i) => sum + value * sizes[i]!, 0) / 500;
      expect(epoch![name]).toBeCloseTo(mean, 10);
      expect(epoch![name]).not.toBeCloseTo(values.reduce((sum, value) => sum + value) / 6, 5);
    }
    const { run: whole } = await trained('whole', { ...still, 'data.batch_size': 500 });
    expect(rowsOf(whole, 'epoch')[0]!['train_loss']).toBeCloseTo(epoch!['train_loss'] as number, 5);
    // Validation is cut into batches of other sizes in the two runs (96 and 4; 100), and comes to the same.
    expect(rowsOf(whole, 'epoch')[0]!['val_loss']).toBeCloseTo(epoch!['val_loss'] as number, 5);
  });

  it('is over the records that are left when some are held out, and all of them without', async () => {
    const limits = { 'train.epochs': 1, 'data.batch_size': 100 };
    expect(rowsOf((await trained('none', { ...limits, 'data.validation': 0 })).run, 'epoch')[0]).not.toHaveProperty('val_loss');
    expect(lastProgress(join(folder, 'none')).step).toBe(6);
    const { run, stdout } = await trained('half', { ...limits, 'data.validation': 0.5 });
    expect(lastProgress(run).step).toBe(3);
    expect(JSON.parse(stdout)).toHaveProperty('val_accuracy');
  });
});

describe('expect', { timeout: 30_000 }, () => {
  const short = { ...small, 'train.epochs': 2 };

  it('met: exit 0; missed: exit 1 and a line, after the results', async () => {
    const reached = { test_accuracy: { min: 0.2 }, val_loss: { max: 9 } };
    const met = await trainHere(join(folder, 'met'), ...set({ ...short, expect: reached }));
    expect(met.stderr).not.toContain('expected');
    const run = join(folder, 'missed');
    const bounds = { test_accuracy: { min: 1.5 }, train_loss: { max: 1e-9 } };
    const missed = await nnHere(trainSmoke(run, '--threads', '1', ...set({ ...short, expect: bounds })));
    expect(missed.code).toBe(1);
    expect(missed.stdout).toMatch(/^test +value\n/);
    expect(missed.stderr).toMatch(
      /\nexpected test_accuracy of at least 1\.5, but it is 0\.\d+\nexpected train_loss of at most 1e-9, but it is \S+\n$/,
    );
    expect((readJsonFile(runPaths(run).summary)['missed'] as string[]).length).toBe(2);
  });

  it('of a metric that the run has not: refused before it starts', async () => {
    const { code, stderr } = await nnHere(trainSmoke(join(folder, 'unknown'), ...set({ expect: { test_acuracy: { min: 1 } } })));
    expect(code).toBe(2);
    expect(stderr).toContain('test_acuracy');
  });
});

describe('--weights', { timeout: 30_000 }, () => {
  it('starts from the averages of a checkpoint that it was judged by', async () => {
    const [averaged, next] = [join(folder, 'averaged'), join(folder, 'from-averages')];
    const values = { 'train.epochs': 1, expect: {} };
    await trainHere(averaged, ...set({ ...values, 'train.ema': { decay: 0.9 } }));
    const { lastCheckpoint } = runPaths(averaged);
    // So slow that the first epoch is measured with the weights it starts from.
    const still = { ...values, 'optimizer.learning_rate': 1e-20 };
    await trainHere(next, '--weights', lastCheckpoint, ...set(still));
    expect(rowsOf(next, 'epoch')[0]!['val_loss']).toBe(rowsOf(averaged, 'epoch')[0]!['val_loss']);
    const held = loadCheckpoint(lastCheckpoint).tensors;
    const taken = loadCheckpoint(runPaths(next).lastCheckpoint).tensors;
    expect(taken.get('dense_1/kernel')!.data).toEqual(held.get('dense_1/kernel/average')!.data);
    expect(taken.get('dense_1/kernel')!.data).not.toEqual(held.get('dense_1/kernel')!.data);
  });

  it('starts from the parameters of a checkpoint, and refuses those of another model', async () => {
    const { run } = await trained('first', { 'train.epochs': 1 });
    const { lastCheckpoint } = runPaths(run);
    const next = join(folder, 'next');
    const values = set({ ...small, 'train.epochs': 1, 'optimizer.learning_rate': 1e-12 });
    await trainHere(next, '--weights', lastCheckpoint, ...values);
    const [before, after] = [run, next].map((from) => rowsOf(from, 'epoch')[0]!['val_loss'] as number);
    expect(after).toBeCloseTo(before!, 5);
    const started = (weights: string) => nnHere(trainSmoke(join(folder, 'other'), '--threads', '1', '--weights', weights));
    const other = await started(lastCheckpoint);
    expect(other.code).toBe(2);
    expect(other.stderr).toContain(`error: ${lastCheckpoint} is a checkpoint of another model: `);
    writeFileSync(join(folder, 'text'), 'no checkpoint at all');
    const text = await started(join(folder, 'text'));
    expect(text.code).toBe(1);
    expect(text.stderr).toContain('is not a valid safetensors file');
  });
});
