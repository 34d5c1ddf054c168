import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Field } from '../../src/catalog/dataset.js';
import { type ClassSampling, sampledLength, sampledRecords } from '../../src/data/sampling.js';
import { loadCheckpoint } from '../../src/files/checkpoint.js';
import { openParts } from '../../src/train/batch-loader.js';
import type { BatchPlan } from '../../src/train/batch-plan.js';
import { nnHere } from '../cli/in-process.js';
import { lastBytes, rowsOf, sharedFolder } from '../cli/runs.js';

const of = (...lengths: number[]): Uint32Array[] =>
  lengths.map((length, i) => Uint32Array.from({ length }, (_, k) => 100 * i + k));
const counts = (records: Iterable<number>): Map<number, number> => {
  const found = new Map<number, number>();
  for (const record of records) found.set(record, (found.get(record) ?? 0) + 1);
  return found;
};

describe('records that are drawn so that classes are balanced', () => {
  it('by oversampling come as often as those of the largest class, each as often as another or once more', () => {
    const sampling: ClassSampling = { type: 'oversample', classes: of(50, 7, 20) };
    expect(sampledLength(sampling)).toBe(150);
    for (const epoch of [0, 1]) {
      const found = counts(sampledRecords(sampling, 3, epoch));
      expect(found.size).toBe(77);
      for (const [record, count] of found) {
        const [least, most] = [
          [1, 1],
          [7, 8],
          [2, 3],
        ][Math.floor(record / 100)]!;
        expect(count).toBeGreaterThanOrEqual(least!);
        expect(count).toBeLessThanOrEqual(most!);
      }
    }
  });

  it('by undersampling come as often as those of the smallest class, none twice', () => {
    const sampling: ClassSampling = { type: 'undersample', classes: of(50, 7, 20) };
    const epochs = [0, 1, 2].map((epoch) => sampledRecords(sampling, 3, epoch));
    for (const records of epochs) {
      expect(records.length).toBe(21);
      expect(new Set(records).size).toBe(21);
      expect([0, 1, 2].map((i) => [...records].filter((record) => Math.floor(record / 100) === i).length)).toEqual([7, 7, 7]);
    }
    expect(epochs[0]).not.toEqual(epochs[1]);
    expect(sampledRecords(sampling, 3, 1)).toEqual(epochs[1]);
    expect(sampledRecords(sampling, 4, 1)).not.toEqual(epochs[1]);
  });

  const length = 40;
  const fields: Record<string, Field> = { input: { kind: 'class', shape: [], classes: length } };
  const plan = (type: ClassSampling['type'], shuffleSeed?: number): BatchPlan => ({
    records: { length, columns: { input: { values: Uint16Array.from({ length }, (_, i) => i) } } },
    fields,
    inputs: ['input'],
    transforms: [],
    fitted: [],
    augment: [],
    indices: Uint32Array.from({ length: 30 }, (_, i) => i),
    sampling: { type, classes: [Uint32Array.from({ length: 25 }, (_, i) => i), Uint32Array.of(25, 26, 27, 28, 29)] },
    batchSize: 8,
    shuffleSeed,
    seed: 3,
  });
  const epochsOf = async (given: BatchPlan, workers: number, count = 2): Promise<number[][]> => {
    const { part } = openParts({ part: given }, { workers, prefetch: 2 });
    const epochs: number[][] = [];
    for (let epoch = 0; epoch < count; epoch++) {
      epochs.push([]);
      for (let step = 0; step < part.stepsPerEpoch; step++) {
        const { values, size } = await part.batch(epoch, step);
        expect(size).toBe(part.sizeOf(step));
        epochs[epoch]!.push(...values.get('input')!);
      }
    }
    part.close();
    return epochs;
  };

  it('come in batches, shuffled, the same with any number of threads', async () => {
    const [first, second] = await epochsOf(plan('oversample', 5), 0);
    expect(first!.length).toBe(50);
    expect(first!.filter((record) => record >= 25).length).toBe(25);
    expect(new Set(first!.filter((record) => record < 25)).size).toBe(25);
    expect(first).not.toEqual(second);
    expect(first).not.toEqual([...first!].sort((a, b) => a - b));
    expect(await epochsOf(plan('oversample', 5), 2)).toEqual([first, second]);
    const [plain] = await epochsOf(plan('undersample'), 0);
    expect(plain!.filter((record) => record >= 25).sort((a, b) => a - b)).toEqual([25, 26, 27, 28, 29]);
    expect(plain!.length).toBe(10);
  });
});

describe('data.balance', { timeout: 60_000 }, () => {
  const folder = sharedFolder();
  const config = join(folder, 'balance.yaml');
  const write = (balance: string, loss = 'cross_entropy', target = 'side'): void => {
    const lines = [
      'version: 1',
      'name: balance',
      'data:',
      '  batch_size: 16',
      '  validation: 30',
      ...(balance === '' ? [] : [`  balance: ${balance}`]),
    ];
    const dataset = `  dataset: { type: table, path: table.csv, features: [x], target: ${target} }`.replace(
      '[x]',
      '{ height: numeric }',
    );
    const model = loss === 'binary_cross_entropy' || target === 'height2' ? 1 : 2;
    const rest = [`model: [{ type: dense, units: ${model} }]`, `loss: ${loss}`, 'train: { epochs: 2 }', ''];
    writeFileSync(config, [...lines, dataset, ...rest].join('\n'));
  };
  const train = (run: string, ...more: string[]) =>
    nnHere(['train', config, '--device', 'cpu', '--threads', '1', '--quiet', '--run', join(folder, run), ...more]);

  beforeAll(() => {
    const rows = Array.from({ length: 200 }, (_, i) => `${i - 20},${i / 3},${i < 40 ? 'below' : 'above'}`);
    writeFileSync(join(folder, 'table.csv'), ['height,height2,side', ...rows].join('\n'));
  });

  it('weights classes in the loss: n / (classes * n_c) of the training part, which evaluation keeps', async () => {
    write('weights');
    expect((await train('weights')).code).toBe(0);
    const run = join(folder, 'weights');
    const { classWeights } = loadCheckpoint(join(run, 'checkpoints', 'last.safetensors')).metadata['data'] as {
      classWeights: number[];
    };
    const { split } = JSON.parse(readFileSync(join(run, 'environment.json'), 'utf8')) as {
      split: { train: { records: number } };
    };
    const [above, below] = classWeights.map((weight) => split.train.records / (2 * weight));
    expect(above! + below!).toBeCloseTo(split.train.records, 6);
    expect(below).toBeCloseTo(Math.round(below!), 6);
    expect(classWeights[1]! / classWeights[0]!).toBeGreaterThan(2.5);
    // The same as weights that are written down.
    write('', `{ type: cross_entropy, class_weights: [${classWeights.join(', ')}] }`);
    await train('written');
    expect(rowsOf(join(folder, 'written'), 'epoch').map(({ val_loss }) => val_loss)).toEqual(
      rowsOf(run, 'epoch').map(({ val_loss }) => val_loss),
    );
    write('');
    await train('without');
    expect(rowsOf(join(folder, 'without'), 'epoch')[1]!['val_loss']).not.toBe(rowsOf(run, 'epoch')[1]!['val_loss']);
    const [tested] = rowsOf(run, 'test');
    const { stdout } = await nnHere(['eval', run, '--device', 'cpu', '--threads', '1', '--json']);
    expect((JSON.parse(stdout) as { test_loss: number }).test_loss).toBe(tested!['test_loss']);
  });

  it('draws as many records of each class, of which a resumed run goes on with the same', async () => {
    for (const type of ['oversample', 'undersample']) {
      write(type);
      expect((await train(`${type}-whole`)).code).toBe(0);
      expect((await train(`${type}-half`, '--set', 'train.epochs=1')).code).toBe(0);
      const half = join(folder, `${type}-half`);
      await nnHere(['train', '--resume', half, '--device', 'cpu', '--threads', '1', '--quiet', '--set', 'train.epochs=2']);
      expect(lastBytes(half)).toBe(lastBytes(join(folder, `${type}-whole`)));
    }
    const steps = (run: string): number => rowsOf(join(folder, run), 'epoch')[0]!['step'] as number;
    expect(steps('oversample-whole')).toBeGreaterThan(steps('weights'));
    expect(steps('undersample-whole')).toBeLessThan(steps('weights'));
  });

  it('makes batches of as many records as are said, which may be more than there are', async () => {
    write('oversample');
    const { stderr } = await train('too-large', '--set', 'data.batch_size=1000');
    const most = /take at most (\d+)/.exec(stderr)![1]!;
    expect((await train('at-once', '--set', `data.batch_size=${most}`)).code).toBe(0);
    expect(rowsOf(join(folder, 'at-once'), 'epoch').map(({ step }) => step)).toEqual([1, 2]);
    expect((await nnHere(['data', config, '--set', `data.batch_size=${most}`])).code).toBe(0);
  });

  it.each<[string, string, string, string]>([
    [
      'weights',
      'mse',
      'height2',
      'data.balance: classes can be balanced where each record has one, and "target" is a number; leave `balance` out',
    ],
    [
      '{ type: weights, target: other }',
      'cross_entropy',
      'side',
      'data.balance.target: the data set has no target "other"; it has target',
    ],
    [
      'weights',
      'hinge',
      'side',
      'data.balance.type: no loss that is compared with "target" takes weights of classes; take cross_entropy or focal, or oversample',
    ],
    [
      'weights',
      '{ type: cross_entropy, class_weights: [1, 2] }',
      'side',
      'data.balance: the loss has class_weights of its own; leave out one of',
    ],
    ['undersample', 'cross_entropy', 'side', 'data.batch_size: a batch of 200 is larger than the'],
  ])('%s with %s of %s is refused', async (balance, loss, target, said) => {
    write(balance, loss, target);
    const { code, stderr } = await train('none', ...(said.includes('batch_size') ? ['--set', 'data.batch_size=200'] : []));
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });
});
