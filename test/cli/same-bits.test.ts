import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nnHereOk } from './in-process.js';
import { nnOk, project } from './nn.js';
import { bestBytes, lastBytes, lastProgress, sharedFolder, timelessRows } from './runs.js';

const folder = sharedFolder();

const digits = Object.fromEntries(
  ['train_images', 'train_labels', 'test_images', 'test_labels'].map((role) => [
    role,
    join(project, `data/smoke/${role.replace('_', '-')}.idx.gz`),
  ]),
);

/** Nets whose steps are enough work for several threads: smaller ones run on one, whatever is asked for. */
const nets = {
  cnn: [
    { type: 'conv2d', filters: 8, kernel_size: 3, activation: 'relu' },
    { type: 'conv2d', filters: 12, kernel_size: 3, activation: 'relu' },
    { type: 'max_pool2d', pool_size: 2 },
    { type: 'dropout', rate: 0.25 },
    { type: 'flatten' },
    { type: 'dense', units: 32, activation: 'relu' },
    { type: 'dense', units: 10 },
  ],
  mlp: [
    { type: 'flatten' },
    { type: 'dense', units: 128, activation: 'relu' },
    { type: 'dropout', rate: 0.2 },
    { type: 'dense', units: 10 },
  ],
};

function configFile(net: keyof typeof nets): string {
  const path = join(folder, `${net}.yaml`);
  const config = {
    version: 1,
    name: net,
    seed: 5,
    data: { dataset: { type: 'idx', ...digits }, batch_size: 32, validation: 88, transforms: [{ type: 'scale' }] },
    model: nets[net],
    loss: 'cross_entropy',
    optimizer: { type: 'adam', learning_rate: 0.002 },
    metrics: ['accuracy'],
    train: { epochs: 13 }, // of 16 steps: 208 updates
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

interface Left {
  last: string;
  best: string;
  rows: unknown[];
}

const made = new Map<string, Promise<Left>>();

/**
 * Everything that a run leaves, but for the time it took. Each run is made once: those of one thread in this process, the others, whose
 * workers are files of the build, in one of their own.
 */
function trained(net: keyof typeof nets, flags: string): Promise<Left> {
  const key = `${net} ${flags}`;
  const alone = /--threads 1( |$)/.test(flags);
  if (!made.has(key)) made.set(key, train(net, flags, join(folder, `run-${made.size}`), alone ? nnHereOk : nnOk));
  return made.get(key)!;
}

async function train(net: keyof typeof nets, flags: string, run: string, nn: typeof nnHereOk): Promise<Left> {
  await nn(['train', configFile(net), '--run', run, '--device', 'cpu', ...flags.split(' ')]);
  expect(lastProgress(run).step).toBe(208);
  return { last: lastBytes(run), best: bestBytes(run), rows: timelessRows(run) };
}

describe('the bits of a run', { timeout: 60_000 }, () => {
  it('of a CNN are the same for every number of threads', async () => {
    const one = await trained('cnn', '--threads 1');
    for (const threads of [2, 3, 4]) expect(await trained('cnn', `--threads ${threads}`), `${threads}`).toEqual(one);
  });

  it('of a CNN with portable kernels too, and they are other bits', async () => {
    const one = await trained('cnn', '--deterministic --threads 1');
    expect(await trained('cnn', '--deterministic --threads 3')).toEqual(one);
    expect((await trained('cnn', '--threads 1')).last).not.toBe(one.last);
  });

  it('of an MLP are the same for every number of threads, in either build', async () => {
    expect(await trained('mlp', '--threads 4')).toEqual(await trained('mlp', '--threads 1'));
    expect(await trained('mlp', '--deterministic --threads 2')).toEqual(await trained('mlp', '--deterministic --threads 1'));
  });

  it('with averages, accumulated gradients and other optimizers too', async () => {
    const averaged =
      '--set train.accumulate_steps=3 --set train.ema.decay=0.9 --set optimizer=adafactor --set optimizer.clip.max=1';
    const flags = `${averaged} --set optimizer.clip.type=global_norm`;
    expect(await trained('mlp', `--threads 3 ${flags}`)).toEqual(await trained('mlp', `--threads 1 ${flags}`));
    const means = '--set optimizer=muon --set train.swa.start_epoch=10';
    expect(await trained('mlp', `--threads 3 ${means}`)).toEqual(await trained('mlp', `--threads 1 ${means}`));
  });

  it('are the same again in a second run, others with another seed or another order of the records', async () => {
    const one = await trained('mlp', '--threads 1');
    expect(await train('mlp', '--threads 1', join(folder, 'again'), nnOk)).toEqual(one);
    expect((await trained('mlp', '--threads 1 --set seed=6')).last).not.toBe(one.last);
    expect((await trained('mlp', '--threads 1 --set data.shuffle=false')).last).not.toBe(one.last);
  });
});
