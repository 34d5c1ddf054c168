import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadCheckpoint, readCheckpointMetadata } from '../../src/files/checkpoint.js';
import { runPaths } from '../../src/files/run-folder.js';
import type { Progress } from '../../src/train/progress.js';
import { evaluateHere, nnHere, resumeHere, trainHere } from './in-process.js';
import { type StartedNn, nn, nnOk, set, startNn, trainSmoke, until } from './nn.js';
import { bestBytes, lastBytes, lastProgress, rowsOf, sharedFolder, timelessRows } from './runs.js';

const folder = sharedFolder();
const uninterrupted = join(folder, 'uninterrupted');
const epochs = 30;
/** Dropout, a schedule, validation and a smaller last batch: everything that a resumed run has to find its way in. */
const settings = set({
  'train.epochs': epochs,
  'train.checkpoint_every_steps': 5,
  'train.log_every_steps': 7,
  'model.1': { type: 'dropout', rate: 0.2 },
  'model.2': { type: 'flatten' },
  'model.3': { type: 'dense', units: 10 },
  schedule: { type: 'cosine', warmup_steps: 12 },
});
const resume = (run: string): string[] => ['train', '--resume', run, '--device', 'cpu', '--threads', '1'];

/** The state that a run stands at, read while it goes on: a rename never shows half a file. */
const progressNow = (run: string): Progress | undefined => {
  const { lastCheckpoint } = runPaths(run);
  return existsSync(lastCheckpoint) ? (readCheckpointMetadata(lastCheckpoint)['progress'] as Progress) : undefined;
};

/** Waits until a run has saved a state later than `step`. */
const untilAfter = (run: string, step: number): Promise<boolean> =>
  until(() => (progressNow(run)?.step ?? -1) > step, `a state after step ${step}`);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The run is what it would have been without any interruption, to the bit. */
function expectSameRun(run: string, whole = uninterrupted): void {
  expect(lastProgress(run)).toEqual(lastProgress(whole));
  expect(lastBytes(run)).toBe(lastBytes(whole));
  expect(bestBytes(run)).toBe(bestBytes(whole));
  expect(timelessRows(run)).toEqual(timelessRows(whole));
}

/** Trains into a folder, killing the process some times in its course. Gives back after which steps. */
async function trainKilled(run: string, kills: number, flags: readonly string[]): Promise<number[]> {
  const struck: number[] = [];
  let started: StartedNn = startNn(trainSmoke(run, ...flags));
  for (let kill = 0; kill < kills; kill++) {
    await untilAfter(run, struck.at(-1) ?? 0);
    await pause(Math.random() * 60);
    started.child.kill('SIGKILL');
    expect(await started.done).toMatchObject({ signal: 'SIGKILL' });
    struck.push(progressNow(run)!.step);
    started = startNn(resume(run));
  }
  expect(await started.done, `killed after steps ${struck.join(', ')}`).toMatchObject({ code: 0 });
  return struck;
}

beforeAll(async () => {
  await nnOk(trainSmoke(uninterrupted, ...settings));
  expect(lastProgress(uninterrupted)).toMatchObject({ epoch: epochs, step: 16 * epochs });
}, 30_000);

describe('a killed run', { timeout: 60_000 }, () => {
  it('goes on to the same bits, wherever it was killed', async () => {
    const run = join(folder, 'killed');
    await trainKilled(run, 4, settings);
    expectSameRun(run);
  });

  it('goes on to the same bits with gradients and averages that wait between batches', async () => {
    const [whole, run] = [join(folder, 'averaged'), join(folder, 'averaged-killed')];
    const flags = [
      ...settings,
      ...set({
        'train.epochs': 10,
        'train.checkpoint_every_steps': 1,
        expect: {},
        'train.accumulate_steps': 5,
        'train.ema': { decay: 0.9 },
        optimizer: { type: 'adafactor', groups: [{ match: '*/bias', weight_decay: 0.1 }] },
      }),
    ];
    await trainHere(whole, ...flags);
    await trainKilled(run, 2, flags);
    expectSameRun(run, whole);
    // What it is judged by is what a later process finds in the checkpoint.
    const { test_loss, test_accuracy } = rowsOf(run, 'test')[0]!;
    expect(await evaluateHere(run)).toMatchObject({ test_loss, test_accuracy });
    expect(await evaluateHere(run, '--set', 'train.ema=null')).not.toMatchObject({ test_loss });
  });

  it('says where it goes on, and holds the folder against a second process', async () => {
    const run = join(folder, 'held');
    const started = startNn(trainSmoke(run, ...settings));
    await untilAfter(run, 20);
    // On a busy machine it might be done before the second one has started.
    started.child.kill('SIGSTOP');
    const second = await nn(resume(run));
    expect(second.code).toBe(2);
    expect(second.stderr).toContain(`error: ${run} is in use: process ${started.child.pid} on `);
    started.child.kill('SIGKILL');
    await started.done;
    const { step, epoch } = progressNow(run)!;
    expect((await resumeHere(run)).stderr).toContain(`resumed at epoch ${epoch + 1}, after step ${step}\n`);
    expectSameRun(run);
    expect(existsSync(join(run, 'lock'))).toBe(false);
  });
});

describe('a signal', { timeout: 60_000 }, () => {
  it.each([
    { signal: 'SIGINT' as const, code: 130, name: 'Ctrl-C' },
    { signal: 'SIGTERM' as const, code: 143, name: 'SIGTERM' },
  ])('$signal saves and exits with $code; the run goes on to the same bits', async ({ signal, code, name }) => {
    const run = join(folder, signal);
    const { child, done } = startNn(trainSmoke(run, ...settings));
    await untilAfter(run, 100);
    child.kill(signal);
    const { stderr, ...outcome } = await done;
    expect(outcome).toEqual({ code, signal: null, stdout: '' });
    const { step } = lastProgress(run);
    expect(stderr).toContain(`${name}: finishing this step and saving; once more quits at once\n`);
    expect(stderr).toContain(`stopped after step ${step}; continue with: nn train --resume ${run}\n`);
    expect(step).toBeLessThan(16 * epochs);
    await resumeHere(run);
    expectSameRun(run);
  });

  it('given twice quits at once, without saving', async () => {
    const run = join(folder, 'twice');
    // A single step of a second or more: it cannot be finished between the two.
    const heavy = set({
      'data.batch_size': 500,
      'model.0': { type: 'conv2d', filters: 32, kernel_size: 5, activation: 'relu' },
      'model.1': { type: 'conv2d', filters: 32, kernel_size: 5, activation: 'relu' },
      'model.2': { type: 'flatten' },
    });
    const { child, done } = startNn(trainSmoke(run, '--threads', '1', ...heavy));
    await untilAfter(run, -1);
    child.kill('SIGINT');
    await pause(20);
    child.kill('SIGINT');
    const { code, stderr } = await done;
    expect(code).toBe(130);
    expect(stderr).not.toContain('stopped after step');
    expect(lastProgress(run).step).toBe(0);
  });
});

describe('a complete run', { timeout: 60_000 }, () => {
  const run = join(folder, 'complete');

  beforeAll(() => cpSync(uninterrupted, run, { recursive: true }));

  it('is tested again by --resume, which says how to train on', async () => {
    const before = { bytes: lastBytes(run), rows: rowsOf(run) };
    const { stdout, stderr } = await resumeHere(run);
    expect(stderr).toContain(`complete: ${epochs} of ${epochs} epochs; testing it again\n`);
    expect(stderr).toContain(`to train on: nn train --resume ${run} --set train.epochs=${2 * epochs}\n`);
    expect(stdout).toMatch(/^test +value\nloss +\S+\naccuracy +\S+\nthe best checkpoint/);
    expect({ bytes: lastBytes(run), rows: rowsOf(run) }).toEqual(before);
  });

  it('that was killed before its test is tested by --resume', async () => {
    const killed = join(folder, 'untested');
    cpSync(uninterrupted, killed, { recursive: true });
    const { metrics, summary } = runPaths(killed);
    rmSync(summary);
    writeFileSync(metrics, readFileSync(metrics, 'utf8').replace(/\{"kind":"test".*\n/, '{"kind":"te'));
    await resumeHere(killed);
    expectSameRun(killed);
    expect(existsSync(summary)).toBe(true);
  });

  it('judges `expect` by the last epoch, which another process trained', async () => {
    const [last] = rowsOf(run, 'epoch').slice(-1);
    const met = await resumeHere(run, '--json', ...set({ expect: { train_loss: { max: last!['train_loss'] } } }));
    expect(JSON.parse(met.stdout)).toMatchObject({ train_loss: last!['train_loss'], missed: [] });
    const missed = await nnHere([...resume(run), '--json', ...set({ expect: { train_loss: { min: 100 } } })]);
    expect(missed.code).toBe(1);
    const line = `expected train_loss of at least 100, but it is ${Number((last!['train_loss'] as number).toPrecision(6))}`;
    expect(missed.stderr).toContain(`${line}\n`);
    expect(JSON.parse(missed.stdout)).toMatchObject({ missed: [line] });
  });

  it('is trained for more epochs with --set train.epochs, and the run remembers them', async () => {
    const { stdout, stderr } = await resumeHere(run, '--json', ...set({ 'train.epochs': epochs + 2 }));
    expect(stderr.match(/^note: .*$/gm)).toEqual([`note: train.epochs is ${epochs + 2} from here on, and was ${epochs}`]);
    expect(JSON.parse(stdout)).toMatchObject({ epoch: epochs + 2, step: 16 * (epochs + 2) });
    expect(rowsOf(run, 'epoch').map(({ epoch }) => epoch)).toEqual(Array.from({ length: epochs + 2 }, (_, i) => i + 1));
    expect(readFileSync(runPaths(run).config, 'utf8')).toContain(`epochs: ${epochs + 2}`);
    expect((await resumeHere(run)).stderr).toContain(`complete: ${epochs + 2} of ${epochs + 2} epochs`);
  });

  it('is only tested again where it has trained more epochs than it is given, and keeps its config', async () => {
    const config = readFileSync(runPaths(run).config, 'utf8');
    const { stderr } = await resumeHere(run, ...set({ 'train.epochs': 1 }));
    expect(stderr).toContain(`complete: it has trained ${lastProgress(run).epoch} epochs already; testing it again\n`);
    expect(stderr).not.toContain('note: ');
    expect(readFileSync(runPaths(run).config, 'utf8')).toBe(config);
  });

  it('keeps its limit of batches', async () => {
    const limited = join(folder, 'limited');
    await trainHere(limited, '--limit-batches', '3', ...set({ 'train.epochs': 2, expect: {} }));
    expect(lastProgress(limited).step).toBe(6);
    await resumeHere(limited, ...set({ 'train.epochs': 4 }));
    expect(lastProgress(limited).step).toBe(12);
  });
});

describe('what cannot be resumed', { timeout: 60_000 }, () => {
  const run = join(folder, 'other');
  const left = (): unknown => ({
    last: lastBytes(run),
    best: bestBytes(run),
    config: readFileSync(runPaths(run).config, 'utf8'),
  });

  beforeAll(() => cpSync(uninterrupted, run, { recursive: true }));

  it.each<[string, unknown, string]>([
    ['model.0.filters', 4, 'model: model.0.filters was 8, and would be 4'],
    ['seed', 99, 'seed: seed was 1, and would be 99'],
    ['data.batch_size', 16, 'data: data.batch_size was 32, and would be 16'],
    ['data.transforms', [], 'data: data.transforms.0 was {"type":"normalize",'],
    ['regularizer', { l2: 0.5 }, 'regularizer: regularizer was not set, and would be {"l2":0.5,"match":["*"]}'],
    ['train.accumulate_steps', 2, 'train.accumulate_steps: train.accumulate_steps was 1, and would be 2'],
    ['train.ema', { decay: 0.9 }, 'train.ema: train.ema was not set, and would be {"decay":0.9,"warmup":false}'],
    ['train.swa.start_epoch', 2, 'train.swa: train.swa was not set, and would be {"start_epoch":2}'],
  ])('is a run of another %s', async (path, value, message) => {
    const before = left();
    const { code, stderr, stdout } = await nnHere([...resume(run), ...set({ 'train.epochs': epochs + 1, [path]: value })]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.startsWith(`error: a resumed run keeps its ${message}`), stderr).toBe(true);
    expect(stderr).toMatch(/\nhint: start a new run, with --weights to keep what was learnt\n$/);
    expect(left()).toEqual(before);
  });

  it('is another optimizer, whose numbers the checkpoint lacks', async () => {
    const { code, stderr } = await nnHere([...resume(run), ...set({ optimizer: 'sgd' })]);
    expect(code).toBe(2);
    expect(stderr).toContain('is a checkpoint of another model: the model has no "conv2d_1/bias/mean"\n');
  });

  it('is a folder that is no run, or none at all', async () => {
    const none = await nnHere(resume(join(folder, 'none')));
    expect(none).toMatchObject({ code: 2, stdout: '' });
    expect(none.stderr).toMatch(/^error: there is no run folder \S+\nhint: Runs in \S+: .*\n$/);
    const configs = await nnHere(resume('configs'));
    expect(configs.code).toBe(2);
    expect(configs.stderr).toMatch(/^error: configs is not a run folder: it has no run.json\nhint: .*\n$/);
  });

  it.each([
    ['smoke.yaml', []],
    ['--weights', ['x']],
    ['--run', ['x']],
    ['--limit-batches', ['1']],
    ['--dry-run', []],
  ])('is given together with %s', async (flag, values) => {
    const { code, stderr } = await nnHere([...resume(run), flag, ...values]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^error: --resume (takes the config of the run, and no other|and --\S+ exclude each other)\nhint: .*\n$/,
    );
  });

  it('has lost its checkpoint, or has one cut short or altered', async () => {
    const { lastCheckpoint } = runPaths(run);
    const bytes = readFileSync(lastCheckpoint);
    const stderrOf = async (change: () => void): Promise<string> => {
      change();
      const { code, stderr } = await nnHere(resume(run));
      writeFileSync(lastCheckpoint, bytes);
      expect(code).toBe(1);
      return stderr;
    };
    expect(await stderrOf(() => rmSync(lastCheckpoint))).toContain(
      `error: ${run} has no checkpoint to resume from: ${lastCheckpoint} does not exist\n`,
    );
    expect(await stderrOf(() => writeFileSync(lastCheckpoint, bytes.subarray(0, 5000)))).toMatch(
      /^error: .*last\.safetensors.*\nhint: /m,
    );
    const altered = Buffer.from(bytes);
    altered[altered.length - 3]! ^= 1;
    expect(await stderrOf(() => writeFileSync(lastCheckpoint, altered))).toContain(
      `error: ${lastCheckpoint} was altered or damaged after it was saved: its checksum does not match\n`,
    );
    expect(loadCheckpoint(lastCheckpoint).metadata['name']).toBe('smoke');
  });
});
