import { describe, expect, it } from 'vitest';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fieldsOf } from '../../src/catalog/dataset.js';
import { datasets } from '../../src/catalog/datasets/index.js';
import type { Examples } from '../../src/data/field.js';
import { allRecords } from '../../src/data/batches.js';
import { openReader } from '../../src/data/readers/index.js';
import { tasks } from '../../src/data/synthetic.js';
import { openParts } from '../../src/train/batch-loader.js';
import type { BatchPlan } from '../../src/train/batch-plan.js';
import { nnHere } from '../cli/in-process.js';
import { temporaryFolder } from './idx-files.js';

const folder = temporaryFolder();
const context = { folder, cache: folder, log: () => {} };
const definition = datasets.get('synthetic');
const load = (options: object) => definition.load(definition.options.parse(options), context);
const names = Object.keys(tasks);

/** Every record of a field, held or not. */
async function valuesOf(examples: Examples, sizes: Record<string, number>): Promise<Record<string, number[]>> {
  if (examples.reader === undefined) {
    return Object.fromEntries(Object.entries(examples.columns).map(([name, { values }]) => [name, [...values]]));
  }
  const reader = openReader(examples.reader);
  const values: Record<string, number[]> = Object.fromEntries(Object.keys(sizes).map((name) => [name, []]));
  const room = Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, new Float32Array(size)]));
  for (let record = 0; record < examples.length; record++) {
    await reader.read(record, room);
    for (const name of Object.keys(sizes)) values[name]!.push(...room[name]!);
  }
  return values;
}

const sizesOf = (info: Parameters<typeof fieldsOf>[0]): Record<string, number> =>
  Object.fromEntries(Object.entries(fieldsOf(info)).map(([name, { shape }]) => [name, shape.reduce((a, b) => a * b, 1)]));

describe.each(names)('generated %s', (task) => {
  it('are described before they are made', async () => {
    const options = definition.options.parse({ task, examples: 50 });
    const { info, train, test } = await load({ task, examples: 50 });
    expect(await definition.describe!(options, context)).toEqual(info);
    expect([info.trainLength, info.testLength, train.length, test.length]).toEqual([50, 10, 50, 10]);
  });

  it('have the same bits whether they are held or read, however many there are', async () => {
    const held = await load({ task, examples: 60, seed: 3 });
    const read = await load({ task, examples: 60, seed: 3, memory_mb: 0 });
    expect(held.train.reader).toBeUndefined();
    expect(read.train.columns).toEqual({});
    const sizes = sizesOf(held.info);
    for (const part of ['train', 'test'] as const)
      expect(await valuesOf(read[part], sizes)).toEqual(await valuesOf(held[part], sizes));
    const fewer = await valuesOf((await load({ task, examples: 20, seed: 3 })).train, sizes);
    const all = await valuesOf(held.train, sizes);
    for (const [name, values] of Object.entries(fewer)) expect(values).toEqual(all[name]!.slice(0, values.length));
  });

  it('are the same in every thread', async () => {
    const { info, train } = await load({ task, examples: 60, memory_mb: 0 });
    const plan: BatchPlan = {
      records: train,
      fields: fieldsOf(info),
      inputs: Object.keys(info.inputs),
      transforms: [],
      fitted: [],
      augment: [],
      indices: allRecords(60),
      batchSize: 16,
      shuffleSeed: 1,
      seed: 1,
    };
    const batchesWith = async (workers: number): Promise<number[][]> => {
      const { part } = openParts({ part: plan }, { workers, prefetch: 2 });
      const made: number[][] = [];
      for (let step = 0; step < part.stepsPerEpoch; step++) {
        made.push([...(await part.batch(0, step)).values.values()].flatMap((values) => [...values]));
      }
      part.close();
      return made;
    };
    expect(await batchesWith(2)).toEqual(await batchesWith(0));
  });

  it('are others in the test and with another seed', async () => {
    const { info, train, test, provenance } = await load({ task, examples: 60, test_examples: 60, seed: 3 });
    const other = await load({ task, examples: 60, seed: 4 });
    const sizes = sizesOf(info);
    const values = await valuesOf(train, sizes);
    expect((await valuesOf(test, sizes)).input).not.toEqual(values.input);
    expect((await valuesOf(other.train, sizes)).input).not.toEqual(values.input);
    expect(other.provenance[0]!.md5).not.toBe(provenance[0]!.md5);
    expect(provenance[0]!.file).toBe(`generated ${task}, seed 3`);
  });
});

describe('what is generated', () => {
  const train = async (options: object): Promise<Record<string, number[]>> => {
    const { info, train: part } = await load({ examples: 3000, ...options });
    return valuesOf(part, sizesOf(info));
  };
  const pointsOf = async (options: object) => {
    const { input, target } = await train({ noise: 0, ...options });
    return target!.map((label, i) => ({ label, x: input![2 * i]!, y: input![2 * i + 1]! }));
  };

  it('without noise lies where its task says', async () => {
    for (const { label, x, y } of await pointsOf({ task: 'circles' })) {
      expect(Math.hypot(x, y)).toBeCloseTo(label === 0 ? 1 : 0.5, 5);
    }
    for (const { label, x, y } of await pointsOf({ task: 'xor' })) {
      expect(Math.max(Math.abs(x), Math.abs(y))).toBeLessThanOrEqual(1);
      if (x * y !== 0) expect(x > 0 !== y > 0).toBe(label === 1);
    }
    for (const { label, x, y } of await pointsOf({ task: 'moons' })) {
      const [fromX, fromY] = label === 0 ? [x, y] : [1 - x, 0.5 - y];
      expect(Math.hypot(fromX, fromY)).toBeCloseTo(1, 5);
      expect(fromY).toBeGreaterThan(-1e-6);
    }
    for (const { label, x, y } of await pointsOf({ task: 'spirals', classes: 4 })) {
      const turned = Math.atan2(y, x) / (2 * Math.PI) - Math.hypot(x, y) - label / 4;
      expect(Math.abs(turned - Math.round(turned))).toBeLessThan(1e-4);
    }
    const blobs = await pointsOf({ task: 'blobs', classes: 5 });
    expect(new Set(blobs.map(({ x, y }) => `${x} ${y}`)).size).toBe(5);
  });

  it('has classes of one size', async () => {
    const { target } = await train({ task: 'blobs', classes: 5 });
    for (let label = 0; label < 5; label++) expect(target!.filter((one) => one === label).length).toBe(600);
  });

  it('has the noise that is asked for', async () => {
    const exact = (await train({ task: 'moons', noise: 0 })).input!;
    const noisy = (await train({ task: 'moons', noise: 0.3 })).input!;
    const squares = noisy.reduce((sum, value, i) => sum + (value - exact[i]!) ** 2, 0);
    expect(Math.sqrt(squares / noisy.length)).toBeCloseTo(0.3, 1);
  });

  it('has more features than its task needs, which say nothing', async () => {
    const { input, target } = await train({ task: 'xor', features: 3 });
    const third = target!.map((_, i) => input![3 * i + 2]!);
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(third.map((value) => value ** 2))).toBeCloseTo(1, 0);
    expect(Math.abs(mean(third.map((value, i) => value * (2 * target![i]! - 1))))).toBeLessThan(0.08);
  });

  it('is a sum of the features that a regression finds again', async () => {
    const { input, target } = await train({ task: 'regression', features: 4, noise: 0 });
    // Four records say what the weights are; all others agree.
    const at = (i: number) => input!.slice(4 * i, 4 * i + 4);
    const weights = solve([0, 1, 2, 3].map((i) => [...at(i), target![i]!]));
    for (let i = 4; i < target!.length; i++) {
      expect(at(i).reduce((sum, value, k) => sum + value * weights[k]!, 0)).toBeCloseTo(target![i]!, 3);
    }
  });

  it('is a sequence whose symbols come again', async () => {
    const { input, target } = await train({ task: 'sequence_copy', classes: 3, length: 5 });
    for (let i = 0; i < input!.length; i += 10) {
      const symbols = input!.slice(i, i + 5);
      expect(symbols.every((symbol) => symbol >= 1 && symbol <= 3)).toBe(true);
      expect(input!.slice(i + 5, i + 10)).toEqual([0, 0, 0, 0, 0]);
      expect(target!.slice(i, i + 10)).toEqual([0, 0, 0, 0, 0, ...symbols]);
    }
  });
});

/** Solves linear equations, the last column being their right-hand sides (Gauss and Jordan). */
function solve(rows: number[][]): number[] {
  rows.forEach((_, column) => {
    const pivot = rows.slice(column).reduce((best, row) => (Math.abs(row[column]!) > Math.abs(best[column]!) ? row : best));
    rows.splice(rows.indexOf(pivot), 1);
    rows.splice(column, 0, pivot);
    for (const row of rows) {
      if (row === pivot) continue;
      const factor = row[column]! / pivot[column]!;
      pivot.forEach((value, k) => (row[k]! -= factor * value));
    }
  });
  return rows.map((row, i) => row.at(-1)! / row[i]!);
}

describe('a config of a generated set', () => {
  const validate = async (dataset: string) => {
    const path = join(folder, 'generated.yaml');
    writeFileSync(
      path,
      [
        'version: 1',
        'name: generated',
        'data:',
        `  dataset: ${dataset}`,
        'model: [{ type: dense, units: 2 }]',
        'loss: cross_entropy',
        '',
      ].join('\n'),
    );
    return nnHere(['validate', path]);
  };

  it('is valid', async () => {
    const { code, stderr } = await validate('{ type: synthetic, task: moons, examples: 4000000000 }');
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  it.each<[string, string]>([
    ['{ type: synthetic }', '4:12 data.dataset: missing key "task": blobs, moons,'],
    ['{ type: synthetic, task: moon }', '4:37 data.dataset.task: unknown name "moon"; did you mean "moons"?'],
    ['{ type: synthetic, task: moons, classes: 3 }', '4:53 data.dataset.classes: moons has 2 classes, found 3'],
    ['{ type: synthetic, task: regression, classes: 3 }', 'data.dataset.classes: regression takes no classes, found 3'],
    ['{ type: synthetic, task: spirals, length: 3 }', 'data.dataset.length: spirals takes no length, found 3'],
    [
      '{ type: synthetic, task: circles, features: 1 }',
      'data.dataset.features: circles lies in a plane: it has at least 2 features',
    ],
    ['{ type: synthetic, task: blobs, examples: 0 }', 'data.dataset.examples'],
  ])('says what is wrong with %s', async (dataset, message) => {
    const { code, stderr } = await validate(dataset);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});
