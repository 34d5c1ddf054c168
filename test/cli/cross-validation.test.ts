import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Summary } from '../../src/train/summary.js';
import { nnHere } from './in-process.js';
import { startNn, until } from './nn.js';
import { lastProgress, rowsOf, sharedFolder } from './runs.js';

const folder = sharedFolder();
const config = join(folder, 'cv.yaml');
const run = join(folder, 'runs');
const fold = (k: number): string => join(run, `cv-fold-${k}`);
const readJson = (...path: string[]): Record<string, unknown> =>
  JSON.parse(readFileSync(join(...path), 'utf8')) as Record<string, unknown>;
const cv = (...args: string[]) => nnHere(['cv', config, '--device', 'cpu', '--quiet', ...args]);

beforeAll(() => {
  const rows = Array.from({ length: 150 }, (_, i) => `${i - 75},${i % 7},${i < 75 ? 'below' : 'above'}`);
  writeFileSync(join(folder, 'table.csv'), ['height,grade,side', ...rows].join('\n'));
  writeFileSync(
    config,
    [
      'version: 1',
      'name: cv',
      'data:',
      '  batch_size: 16',
      '  dataset: { type: table, path: table.csv, target: side }',
      '  split: stratified',
      'model: [{ type: dense, units: 2 }]',
      'loss: cross_entropy',
      'optimizer: { type: adam, learning_rate: 0.1 }',
      'metrics: [accuracy]',
      'train: { epochs: 2 }',
      'expect: { val_accuracy: { min: 0.8 } }',
      '',
    ].join('\n'),
  );
});

describe('nn cv', { timeout: 120_000 }, () => {
  it('trains each fold, and gives the mean and deviation of each metric', async () => {
    // `expect` is of the validation part, which only folds have here.
    const { code, stdout } = await cv('--folds', '3', '--run', run, '--json');
    expect(code).toBe(0);
    const result = JSON.parse(stdout) as { folds: number; metrics: Record<string, Summary>; missed: string[] };
    expect(result).toMatchObject({ folds: 3, missed: [] });
    expect(Object.keys(result.metrics).sort()).toEqual(
      ['train', 'val', 'test'].flatMap((part) => [`${part}_accuracy`, `${part}_loss`]).sort(),
    );
    for (const name of ['val_loss', 'test_accuracy']) {
      const values = [1, 2, 3].map((k) => rowsOf(fold(k), name.startsWith('val') ? 'epoch' : 'test').at(-1)![name] as number);
      const mean = values.reduce((a, b) => a + b) / 3;
      const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2);
      expect(result.metrics[name]!.values).toEqual(values);
      expect(result.metrics[name]!.mean).toBeCloseTo(mean, 12);
      expect(result.metrics[name]!.standard_deviation).toBeCloseTo(deviation, 12);
    }
    expect(readJson(run, 'summary.json')).toEqual({ folds: 3, metrics: result.metrics, missed: [] });
    const parts = [1, 2, 3].map(
      (k) => readJson(fold(k), 'environment.json')['split'] as Record<string, { records: number; checksum: string }>,
    );
    expect(new Set(parts.map(({ test }) => test!.checksum)).size).toBe(1);
    expect(new Set(parts.map(({ validation }) => validation!.checksum)).size).toBe(3);
    expect(parts.reduce((sum, { validation }) => sum + validation!.records, 0)).toBe(
      parts[0]!.train!.records + parts[0]!.validation!.records,
    );
  });

  it('keeps folds that are complete, goes on with one that was stopped, and trains those that lack', async () => {
    rmSync(fold(3), { recursive: true });
    rmSync(join(fold(2), 'summary.json'));
    const before = statSync(join(fold(1), 'summary.json')).mtimeMs;
    const results = readJson(run, 'summary.json');
    const { code, stdout } = await cv('--folds', '3', '--run', run);
    expect(code).toBe(0);
    expect(statSync(join(fold(1), 'summary.json')).mtimeMs).toBe(before);
    expect(lastProgress(fold(3)).epoch).toBe(2);
    expect(readJson(run, 'summary.json')).toEqual(results);
    const lines = stdout.trim().split('\n');
    expect(lines[0]).toMatch(/^metric +mean ± standard deviation +least +most$/);
    expect(stdout).toMatch(/\nval_accuracy +\d[\d.]* ± [\d.e-]+ +[\d.]+ +[\d.]+\n/);
    expect(lines.every((line) => line.length <= 80 || line.includes(run))).toBe(true);
  });

  it('says how to go on where it is stopped', async () => {
    const stopped = join(folder, 'stopped');
    const { child, done } = startNn(['cv', config, '--device', 'cpu', '--run', stopped, '--set', 'train.epochs=100000']);
    await until(() => existsSync(join(stopped, 'cv-fold-1', 'metrics.jsonl')), 'the first fold');
    child.kill('SIGINT');
    const { code, stderr } = await done;
    expect(code).toBe(130);
    expect(stderr).toContain(`continue the cross-validation with: nn cv ${config} --run ${stopped}`);
    expect(existsSync(join(stopped, 'cv-fold-2'))).toBe(false);
  });

  it('fails where a mean is not as expected', async () => {
    const { code, stderr } = await cv('--folds', '3', '--run', run, '--set', 'expect.val_accuracy.min=1.1');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^expected val_accuracy of at least 1\.1, but it is 0\.\d+ on average over the folds$/m);
  });

  it('does not mix folds of other configs', async () => {
    const other = await cv('--folds', '3', '--run', run, '--set', 'train.epochs=3');
    expect(other.code).toBe(2);
    expect(other.stderr).toMatch(
      /cv-fold-1 was trained with another config: its train\.epochs is 2\nhint: cross-validate into another folder/,
    );
    const more = await cv('--folds', '4', '--run', run);
    expect(more.stderr).toMatch(/its data\.folds is 3/);
    expect((await cv('--run', fold(1))).stderr).toMatch(/cv-fold-1 is the folder of a run, and not of a cross-validation/);
  });

  it('goes forward in time over a time series', async () => {
    const rows = Array.from({ length: 120 }, (_, i) => `${i},${Math.sin(i / 3).toFixed(4)}`);
    writeFileSync(join(folder, 'series.csv'), ['hour,tide', ...rows].join('\n'));
    const series = join(folder, 'series.yaml');
    const lines = [
      'version: 1',
      'name: series',
      'data:',
      '  batch_size: 8',
      '  dataset: { type: time_series, path: series.csv, time: hour, target: tide, window: 6 }',
      'model: [{ type: flatten }, { type: dense, units: 1 }]',
      'loss: mse',
      'optimizer: { type: adam, learning_rate: 0.05 }',
      'train: { epochs: 20 }',
      'expect: { val_loss: { max: 0.1 } }',
      '',
    ];
    writeFileSync(series, lines.join('\n'));
    const at = join(folder, 'series-runs');
    const go = (...args: string[]) => nnHere(['cv', series, '--device', 'cpu', '--quiet', '--json', ...args]);
    const { code, stdout, stderr } = await go('--folds', '3', '--run', at);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const parts = [1, 2, 3].map(
      (k) => readJson(at, `series-fold-${k}`, 'environment.json')['split'] as Record<string, { records: number }>,
    );
    // 90 windows before the test: four blocks, of which six windows reach over the border of what is held out.
    expect(parts.map(({ train, validation }) => [train!.records, validation!.records])).toEqual([
      [17, 22],
      [39, 23],
      [62, 22],
    ]);
    expect((JSON.parse(stdout) as { metrics: Record<string, Summary> }).metrics['val_loss']!.values).toHaveLength(3);
    const few = await go('--folds', '20', '--run', join(folder, 'few'));
    expect(few.code).toBe(2);
    expect(few.stderr).toMatch(/series\.yaml:5:\d+ data\.dataset\S*: fold 1 of 20 has no window to train on/);
  });

  it('trains one fold with nn train --fold', async () => {
    const one = join(folder, 'one');
    const { code } = await nnHere([
      'train',
      config,
      '--device',
      'cpu',
      '--quiet',
      '--run',
      one,
      '--fold',
      '2',
      '--set',
      'data.folds=3',
    ]);
    expect(code).toBe(0);
    expect(rowsOf(one, 'epoch').at(-1)!['val_loss']).toBe(rowsOf(fold(2), 'epoch').at(-1)!['val_loss']);
    const beyond = await nnHere(['train', config, '--device', 'cpu', '--fold', '4', '--set', 'data.folds=3']);
    expect(beyond.stderr).toContain('data.fold: there is no fold 4: data.folds is 3; take one from 1 to 3');
  });
});
