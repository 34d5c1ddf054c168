import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { randomInteger, randomUniform, streamKey } from '../../src/random.js';
import { loadExperiment } from '../../src/spec/load.js';
import { findDoubtfulLabels, mostCompared } from '../../src/train/doubtful-labels.js';
import { prepareModel } from '../../src/train/prepare.js';
import { datasetContext } from '../../src/train/run.js';
import { type PlannedData, planData } from '../../src/train/sources.js';
import { smokeConfig } from '../cli/nn.js';

async function planned(overrides: readonly string[]) {
  const loaded = loadExperiment(smokeConfig, { overrides: ['data.validation=0', ...overrides] });
  const context = datasetContext(loaded.folder, () => undefined);
  const model = await prepareModel(loaded, context);
  return { model, data: await planData(loaded, model, context) };
}

/** Gives a part of the labels another class. Gives back whose: `train 17`. */
function flip({ dataset }: PlannedData, classes: number, rate: number): Set<string> {
  const key = streamKey(5, 'flips');
  const flipped = new Set<string>();
  for (const part of ['train', 'test'] as const) {
    const { values } = dataset[part].columns['target']!;
    values.forEach((label, i) => {
      const n = (part === 'test' ? values.length : 0) + 2 * i;
      if (randomUniform(key, n) >= rate) return;
      values[i] = (label + 1 + (randomInteger(key, n + 1) % (classes - 1))) % classes;
      flipped.add(`${part} ${i}`);
    });
  }
  return flipped;
}

const nameOf = ({ part, record }: { part: string; record: number }): string => `${part} ${record}`;

describe('labels that are likely wrong', () => {
  it('are looked for among fewer records where these are wide, and never among more than can be compared in seconds', () => {
    expect([1, 784, 1e6].map(mostCompared)).toEqual([19950, 9016, 8084]);
  });

  it('are told of MNIST digits: most of those that were changed, and few others', async () => {
    const { model, data } = await planned(['data.dataset=mnist']);
    const clean = data.plans.train.indices.subarray(0, 4000);
    const some: PlannedData = {
      ...data,
      plans: {
        ...data.plans,
        train: { ...data.plans.train, indices: clean },
        test: { ...data.plans.test, indices: clean.subarray(0, 1) },
      },
    };
    const before = (await findDoubtfulLabels(model, some))!;
    expect(before.found.length).toBeLessThan(20);

    const flipped = flip(data, 10, 0.02);
    const among = [...clean].filter((record) => flipped.has(`train ${record}`)).length;
    const { found, compared, records } = (await findDoubtfulLabels(model, some))!;
    expect([compared, records]).toEqual([4001, 4001]);
    const right = found.filter((one) => flipped.has(nameOf(one)));
    expect(right.length / among).toBeGreaterThan(0.6);
    expect(right.length / found.length).toBeGreaterThan(0.75);
    // Which class they had before is told, too.
    expect(right.every(({ label, other, votes }) => label !== other && votes >= 8)).toBe(true);
    expect(found.map(({ votes }) => votes)).toEqual(found.map(({ votes }) => votes).sort((a, b) => b - a));
    expect(await findDoubtfulLabels(model, some)).toEqual({ compared, records, found, neighbours: 10 });
  });

  const blobs = 'data.dataset={type: synthetic, task: blobs, examples: 600, test_examples: 200, noise: 0.05}';

  it('are found in every part of separate points, and nothing else is', async () => {
    const { model, data } = await planned([
      blobs,
      'data.validation=100',
      'data.batch_size=50',
      'model=[{type: dense, units: 3}]',
    ]);
    expect((await findDoubtfulLabels(model, data))!.found).toEqual([]);
    const flipped = flip(data, 3, 0.03);
    const { found } = (await findDoubtfulLabels(model, data))!;
    const held = new Set(data.plans.validation!.indices);
    expect(found.map(nameOf).sort()).toEqual(
      [...flipped]
        .map((name) => (held.has(Number(/train (\d+)/.exec(name)?.[1])) ? name.replace('train', 'validation') : name))
        .sort(),
    );
    expect(new Set(found.map(({ part }) => part))).toEqual(new Set(['train', 'validation', 'test']));
  });

  it('are not told where neighbours know nothing of the classes, nor where there are few records', async () => {
    const { model, data } = await planned([blobs, 'data.batch_size=50', 'model=[{type: dense, units: 3}]']);
    // One class in twenty, whatever the point: its neighbours are nearly all of the other.
    for (const part of ['train', 'test'] as const) {
      const { values } = data.dataset[part].columns['target']!;
      values.forEach((_, i) => (values[i] = randomUniform(1, i) < 0.05 ? 1 : 0));
    }
    expect((await findDoubtfulLabels(model, data))!.found).toEqual([]);
    const few = { ...data.plans.train, indices: data.plans.train.indices.subarray(0, 20) };
    const none = { ...data.plans.test, indices: new Uint32Array() };
    expect(
      await findDoubtfulLabels(model, { ...data, plans: { train: few, validation: undefined, test: none } }),
    ).toBeUndefined();
  });

  it('are found where records are wide, and folded', async () => {
    const wide = blobs.replace('noise: 0.05', 'noise: 0.05, features: 3000');
    const { model, data } = await planned([wide, 'data.batch_size=50', 'model=[{type: dense, units: 3}]']);
    const flipped = flip(data, 3, 0.03);
    // All but the first two numbers are noise, which is made small.
    for (const part of ['train', 'test'] as const) {
      const { values } = data.dataset[part].columns['input']!;
      values.forEach((value, i) => (values[i] = i % 3000 < 2 ? value : value / 200));
    }
    const { found } = (await findDoubtfulLabels(model, data))!;
    expect(found.every((one) => flipped.has(nameOf(one)))).toBe(true);
    expect(found.length).toBeGreaterThan(0.8 * flipped.size);
  });

  it('are found among texts, by the words that few others have', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nn-texts-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const rows = Array.from({ length: 600 }, (_, i) => {
      const kind = i % 2 === 0 ? 'sea' : 'hill';
      const own = Array.from({ length: 8 }, (_, n) => `${kind}${randomInteger(streamKey(i, 'words'), n) % 12}`);
      return `the ${own.join(' and the ')} of text ${i},${kind}`;
    });
    writeFileSync(join(folder, 'texts.csv'), `words,kind\n${rows.join('\n')}\n`);
    const { model, data } = await planned([
      `data.dataset={type: table, path: "${join(folder, 'texts.csv')}", features: {words: {type: text, length: 20}}, target: kind}`,
      'data.batch_size=50',
      'model=[{type: embedding, input_dim: 2000, output_dim: 4}, {type: flatten}, {type: dense, units: 2}]',
    ]);
    expect((await findDoubtfulLabels(model, data))!.found).toEqual([]);
    const flipped = flip(data, 2, 0.03);
    expect(flipped.size).toBeGreaterThan(9);
    expect((await findDoubtfulLabels(model, data))!.found.map(nameOf).sort()).toEqual([...flipped].sort());
  });
});
