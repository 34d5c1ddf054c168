import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type LoadedDataset, fieldsOf } from '../../src/catalog/dataset.js';
import { datasets } from '../../src/catalog/datasets/index.js';
import { BatchSource, allRecords } from '../../src/data/batches.js';
import { type SplitPlan, Splitter } from '../../src/data/split.js';
import { temporaryFolder, userError } from './idx-files.js';

const folder = temporaryFolder();
const definition = datasets.get('table');
const plan: SplitPlan = { type: 'random', seed: 1, validation: 0.2 };
let [cache, number] = ['', 0];
let said: string[];
beforeEach(() => {
  cache = join(folder, `cache-${number++}`);
  writeFileSync(join(folder, 'some.csv'), rowsOf(90));
});

const rowsOf = (count: number): string =>
  [
    'n,colour,words,m,t,y',
    ...Array.from({ length: count }, (_, i) => {
      const m = i % 13 === 5 ? '' : i / 4;
      return `${i},${'red green blue'.split(' ')[i % 3]},a b${i % 7} ${i},${m},${i},${i % 2 === 0 ? 'even' : 'odd'}`;
    }),
    'x,red,a,1,99,even',
    '',
  ].join('\n');
const features = { n: 'numeric', colour: 'category', words: { type: 'text', length: 3 }, m: 'numeric' };

function load(
  options: object = {},
  { split = plan, fitted }: { split?: SplitPlan; fitted?: unknown } = {},
): Promise<LoadedDataset> {
  said = [];
  const given = { path: 'some.csv', features, target: 'y', missing: 'mean', on_error: 'skip', ...options };
  return definition.load(definition.options.parse(given), {
    folder,
    cache,
    log: (line) => void said.push(line),
    splitter: new Splitter(split),
    ...(fitted === undefined ? {} : { fitted: { dataset: fitted } as never }),
  });
}

/** All that is known of a data set, and all values of both parts as batches have them. */
async function contentOf({ train, test, nameOf, ...known }: LoadedDataset) {
  const content = [];
  for (const [part, records] of Object.entries({ train, test })) {
    const indices = allRecords(records.length);
    const source = new BatchSource({ records, fields: fieldsOf(known.info), indices, batchSize: 4, shuffleSeed: 1 });
    for (let step = 0; step < source.stepsPerEpoch; step++) {
      const { values } = await source.batch(0, step);
      content.push(...[...values].map(([name, array]) => [part, name, [...array]]));
    }
    source.close();
    content.push(Array.from(indices, (record) => nameOf!(part as 'train' | 'test', record)));
  }
  return { ...known, content };
}

const files = (): string[] => (existsSync(join(cache, 'prepared')) ? readdirSync(join(cache, 'prepared')).sort() : []);
const isRead = (): boolean => said.some((line) => line.startsWith('the rows of the table are kept in'));

describe('rows that do not fit into memory', () => {
  it('are read from a file that goes with the program, with the same bits', async () => {
    const held = await contentOf(await load());
    expect(files()).toEqual([]);
    const loaded = await load({ memory_mb: 0 });
    expect(Object.keys(loaded.train.columns)).toEqual(['target']);
    expect(files()).toHaveLength(1);
    expect(await contentOf(loaded)).toEqual(held);
    for (const one of [{ n: 'numeric' }, { words: 'text' }]) {
      const own = { ...one, colour: 'category' };
      expect(await contentOf(await load({ features: own, memory_mb: 0 }))).toEqual(
        await contentOf(await load({ features: own })),
      );
    }
  });

  it('are checked as any others', async () => {
    const strict = { features: { colour: 'category', words: { type: 'category', unseen: 'fail' } }, on_error: 'fail' };
    const errors = [await userError(() => load(strict)), await userError(() => load({ ...strict, memory_mb: 0 }))];
    expect(errors[0]!.message).toMatch(/the training part has no category/);
    expect(errors[1]!.message).toBe(errors[0]!.message);
    expect(files()).toEqual([]);
  });
});

describe('rows that are kept', () => {
  it.each([512, 0])('are read in place of the table, with %i MB', async (memory_mb) => {
    const held = await contentOf(await load());
    const lines = said;
    expect(lines).toContain('1 row skipped:');
    const first = await contentOf(await load({ cache: true, memory_mb }));
    expect(isRead()).toBe(true);
    expect(files()).toEqual([expect.stringMatching(/^table-.*\.records$/), expect.stringMatching(/^table-.*\.rows$/)]);
    expect(first).toEqual(held);
    expect(await contentOf(await load({ cache: true, memory_mb }))).toEqual(held);
    expect(said).toEqual(lines);
    expect(await contentOf(await load({ cache: true, memory_mb: 512 - memory_mb }))).toEqual(held);
    expect(isRead()).toBe(false);
  });

  it('are other ones for another file, option, split or model', async () => {
    const { fitted } = await load({ cache: true });
    const others: Parameters<typeof load>[] = [
      [{ seed: 1 }],
      [{ missing: 'median' }],
      [{ features: { n: 'numeric' } }],
      [{}, { split: { ...plan, validation: 0.1 } }],
      [{}, { split: { ...plan, fold: { number: 1, of: 3 } } }],
      [{}, { split: { type: 'time', column: 't', seed: 1, validation: 0, fold: { number: 1, of: 3 } } }],
      [{}, { fitted }],
    ];
    for (const [options, more] of others) {
      const held = await contentOf(await load(options, more));
      await load({ ...options, cache: true }, more);
      expect(isRead()).toBe(true);
      expect(await contentOf(await load({ ...options, cache: true }, more))).toEqual(held);
      expect(isRead()).toBe(false);
    }
    writeFileSync(join(folder, 'some.csv'), rowsOf(91));
    const more = await load({ cache: true });
    expect(isRead()).toBe(true);
    expect(more.info.trainLength + more.info.testLength).toBe(91);
    expect(files()).toHaveLength(2 * (others.length + 2));
  });

  it('are made anew where a file is damaged or missing', async () => {
    const held = await contentOf(await load({ cache: true }));
    const [records, rows] = files().map((name) => join(cache, 'prepared', name)) as [string, string];
    const damage: (() => void)[] = [
      () => rmSync(rows),
      () => rmSync(records),
      () => writeFileSync(rows, readFileSync(rows).fill(1, 10, 20)),
      () => writeFileSync(records, readFileSync(records).fill(1, 10, 20)),
      () => writeFileSync(records, readFileSync(records).subarray(0, -3)),
    ];
    for (const harm of damage) {
      harm();
      expect(await contentOf(await load({ cache: true }))).toEqual(held);
      expect(isRead()).toBe(true);
    }
  });
});
