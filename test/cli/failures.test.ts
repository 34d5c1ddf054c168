import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadCheckpoint } from '../../src/files/checkpoint.js';
import { runPaths } from '../../src/files/run-folder.js';
import { evaluateHere, nnHere, resumeHere, trainHere } from './in-process.js';
import { nn, program, set, smokeConfig, trainSmoke } from './nn.js';
import { lastBytes, lastProgress, rowsOf, sharedFolder } from './runs.js';

const folder = sharedFolder();

function expectFinite(path: string): void {
  for (const [name, { data }] of loadCheckpoint(path).tensors) expect(data.every(Number.isFinite), name).toBe(true);
}

describe('a run that diverges', { timeout: 30_000 }, () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    [
      'in its loss: layer, step and batch are named',
      { optimizer: { type: 'sgd', learning_rate: 1e6 } },
      /^error: the loss is (NaN|-?Infinity) at step (\d+) \(batch \d+ of epoch \d+\); it comes from layer "\w+" \(its [\w ]+ holds (NaN|infinity)\)$/m,
    ],
    [
      'in its last update: so is what it would have saved',
      { optimizer: { type: 'sgd', learning_rate: 1e39 }, 'train.checkpoint_every_steps': 1 },
      /^error: layer "\w+" holds (NaN|infinity) \(in its \w+\) after step (\d+) \(batch \d+ of epoch 1\)$/m,
    ],
  ])('%s', async (name, values, message) => {
    const run = join(folder, name.slice(0, 11).replaceAll(' ', '-'));
    const { code, stdout, stderr } = await nnHere(trainSmoke(run, '--threads', '1', ...set(values)));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^hint: a smaller learning_rate, .*$/m);
    expect(stderr).not.toMatch(/^\s+at /m);
    expectFinite(runPaths(run).lastCheckpoint);
  });

  it('leaves the state of the epochs before, which can be evaluated and resumed with a smaller rate', async () => {
    const run = join(folder, 'later');
    await trainHere(run, ...set({ 'train.epochs': 2, expect: {} }));
    const before = lastBytes(run);
    const diverging = set({ 'train.epochs': 4, 'optimizer.learning_rate': 1e38 });
    const { code, stderr } = await nnHere(['train', '--resume', run, '--device', 'cpu', '--threads', '1', ...diverging]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: /m);
    expect(lastBytes(run)).toBe(before);
    expect(await evaluateHere(run)).toMatchObject({ records: 200 });
    await resumeHere(run, ...set({ 'optimizer.learning_rate': 0.003 }));
    expect(lastProgress(run).epoch).toBe(4);
    expect(rowsOf(run, 'epoch').length).toBe(4);
  });
});

describe('a full disk', { timeout: 30_000 }, () => {
  const whole = set({ 'train.epochs': 2, expect: {} });

  it('stops the run with one error; the state before is whole, and training goes on once there is room', async () => {
    const run = join(folder, 'limited');
    await trainHere(run, ...whole);
    const before = lastBytes(run);
    const files = readdirSync(runPaths(run).checkpoints);
    const more = set({ 'train.epochs': 4 });
    // Files of more than 100 blocks cannot be written, which is less than a checkpoint and more than anything else.
    const { code, stdout, stderr } = await nn(['train', '--resume', run, '--device', 'cpu', ...more], { setup: 'ulimit -f 100' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error: cannot write \S+\.safetensors: the file would be larger than this system allows$/m);
    expect(stderr).toMatch(/^hint: The earlier file is unchanged\. /m);
    expect(stderr.match(/error:/g)?.length).toBe(1);
    expect(lastBytes(run)).toBe(before);
    expect(readdirSync(runPaths(run).checkpoints)).toEqual(files);
    expect(readdirSync(run)).not.toContain('lock');
    await resumeHere(run, ...more);
    expect(lastProgress(run).epoch).toBe(4);
    expect(rowsOf(run, 'epoch').map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
  });

  const mounts = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
  it.skipIf(!mounts)('of a real file system, filled by the run itself (skipped where nothing may be mounted)', () => {
    // Room for two checkpoints of 0.5 MB, and not for the third, which replaces the first.
    const script = `
      mount -t tmpfs -o size=1300k none /mnt
      "$0" "$1" train "$2" --device cpu --run /mnt/run 2>&1 >/dev/null; echo "code $?"
      ls /mnt/run/checkpoints
      "$0" "$1" eval /mnt/run --checkpoint last --device cpu --json 2>&1`;
    const { stdout } = spawnSync('unshare', ['-rm', 'sh', '-c', script, process.execPath, program, smokeConfig], {
      encoding: 'utf8',
    });
    expect(stdout).toMatch(/^code 1$/m);
    expect(stdout).toMatch(/^error: cannot write \/mnt\/run\/checkpoints\/last\.safetensors: the disk is full$/m);
    expect(stdout).toMatch(/^hint: The earlier file is unchanged\. /m);
    expect(stdout).toMatch(/\nbest\.safetensors\nlast\.safetensors\n\{"run":"\/mnt\/run",.*"test_loss":/);
  });
});

describe('a folder that takes no file', () => {
  it('keeps what it has', async () => {
    const run = join(folder, 'fixed');
    await trainHere(run, ...set({ 'train.epochs': 1, expect: {} }));
    const config = readFileSync(runPaths(run).config, 'utf8');
    // A limit of nothing at all: even the lock cannot be written.
    const { code, stderr } = await nn(['train', '--resume', run, '--device', 'cpu', ...set({ 'train.epochs': 2 })], {
      setup: 'ulimit -f 0',
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: cannot \w+ \S+lock: /m);
    expect(readFileSync(runPaths(run).config, 'utf8')).toBe(config);
  });
});
