import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LoadedDataset } from '../../src/catalog/dataset.js';
import { datasets } from '../../src/catalog/datasets/index.js';
import { DatasetError } from '../../src/data/dataset-error.js';
import { temporaryFolder, userError } from './idx-files.js';

const folder = temporaryFolder();
const definition = datasets.get('table');
let said: string[];

/** Loads a table of sixty rows. */
function load(header: string, row: (i: number) => string, options: object = {}): Promise<LoadedDataset> {
  writeFileSync(join(folder, 'some.csv'), [header, ...Array.from({ length: 60 }, (_, i) => row(i)), ''].join('\n'));
  said = [];
  const given = definition.options.parse({ path: 'some.csv', target: 'y', ...options });
  return definition.load(given, { folder, cache: folder, log: (line: string) => said.push(line) });
}

async function refusal(...args: Parameters<typeof load>): Promise<string> {
  const error = await userError(() => load(...args));
  expect(error).toBeInstanceOf(DatasetError);
  return `${(error as DatasetError).path.join('.')}: ${error.message}; ${error.hint ?? ''}`;
}
const half = (i: number): string => 'ab'[i % 2]!;
const lengthOf = ({ train, test }: LoadedDataset): number => train.length + test.length;

describe('a column of numbers with a few words', () => {
  const row = (i: number): string => `${i},${i === 7 ? '?' : i % 11},${half(i)}`;

  it('is no category: the rows with words are told of, or skipped', async () => {
    expect(await refusal('x,z,y', row)).toMatch(/^features\.z: row 8, column "z": found "\?", expected a number; .*NULLIF/);
    expect(lengthOf(await load('x,z,y', row, { on_error: 'skip' }))).toBe(59);
    expect(said).toContain('  row 8, column "z": found "?", expected a number');
  });

  it('is a category where that is said, or where the numbers are codes', async () => {
    const { info } = await load('x,z,y', row, { features: { z: 'category' } });
    expect(info.inputs.input!.shape[0]).toBeGreaterThan(5);
    const codes = await load('x,z,y', (i) => `${i},${i === 7 ? 'A7' : `0${i % 5}`},${half(i)}`);
    expect(said).toContain('features of the table: numeric x; category z');
    expect(lengthOf(codes)).toBe(60);
  });

  it('may have decimal commas, which are none', async () => {
    expect(await refusal('x;z;y', (i) => `${i};${i % 11},5;${half(i)}`)).toMatch(
      /^features\.z: row 1, column "z": found "0,5", expected a number; numbers have a point and no comma: replace/,
    );
  });

  it('is asked about where it is to be told', async () => {
    const target = (i: number): string => `${i},${i === 7 ? '?' : i / 4}`;
    expect(await refusal('x,y', target)).toMatch(
      /^target: column "y" has numbers, but in row 8 "\?": is it a class or a number\?; say/,
    );
    const afterNoRow = (i: number): string => (i === 2 ? '3' : target(i));
    expect(await refusal('x,y', afterNoRow, { on_error: 'skip' })).toMatch(/numbers, but in row 8 "\?"/);
    expect(await refusal('x,y', target, { target: { column: 'y', type: 'numeric' } })).toMatch(/row 8, column "y": found "\?"/);
    const skipping = await load('x,y', target, { target: { column: 'y', type: 'numeric' }, on_error: 'skip' });
    expect(lengthOf(skipping)).toBe(59);
  });
});

it('a row that another one makes texts of stays where it is', async () => {
  const rowsOf = ({ train, nameOf }: LoadedDataset): string[] =>
    Array.from({ length: train.length }, (_, i) => nameOf!('train', i)).filter((name) => name !== 'row 60');
  const row = (last: string) => (i: number) => `${i},${i === 59 ? last : i * 1.5},${half(i)}`;
  const [numbers, mixed] = [await load('x,z,y', row('9')), await load('x,z,y', row('?'), { on_error: 'skip' })];
  expect(rowsOf(mixed)).toEqual(rowsOf(numbers));
});

describe('categories and classes that the training part lacks', () => {
  const rare = (i: number): string => (i % 6 === 0 ? `rare${i}` : `common${i % 2}`);

  it('are counted and listed where they are read as none', async () => {
    const { notes } = await load('x,z,y', (i) => `${i},${rare(i)},${half(i)}`);
    const note = notes!.find((line) => line.startsWith('column "z": '));
    expect(note).toMatch(/^column "z": \d of 60 rows (has a|have) categor.* that the training part lacks, .*: "rare\d+"/);
    expect(said).toContain(note);
  });

  it('are skipped, counted and listed with on_error: skip, where they are errors', async () => {
    const features = { x: 'numeric', z: { type: 'category', unseen: 'fail' } };
    const row = (i: number): string => `${i},${rare(i)},${half(i)}`;
    expect(await refusal('x,z,y', row, { features })).toMatch(
      /^features\.z: row \d+, column "z": the training part has no category/,
    );
    const loaded = await load('x,z,y', row, { features, on_error: 'skip' });
    expect(lengthOf(loaded)).toBeLessThan(60);
    expect(said.join('\n')).toMatch(/rows? skipped:\n {2}row \d+, column "z": the training part has no category "rare\d+", only/);
  });

  it('of the target too', async () => {
    const row = (i: number): string => `${i},${i % 10 === 0 ? `rare${i}` : half(i)}`;
    expect(await refusal('x,y', row)).toMatch(/^target: row \d+, column "y": the training part has no class "rare/);
    const { info, test } = await load('x,y', row, { on_error: 'skip' });
    const { classes, labels } = info.targets.target as unknown as { classes: number; labels: string[] };
    expect(labels).toHaveLength(classes);
    expect([...test.columns['target']!.values].every((label) => label < classes)).toBe(true);
    expect(said.join('\n')).toMatch(/rows? skipped:\n {2}row \d+, column "y": the training part has no class "rare\d+", only/);
  });
});

it('columns of one value or none are left out and listed with on_error: skip, where nothing is declared', async () => {
  const row = (i: number): string => `${i},,3,w,${half(i)}`;
  expect(await refusal('x,e,c,w,y', row)).toMatch(/^features\.e: column "e" has no value in any row/);
  const { info, notes } = await load('x,e,c,w,y', row, { on_error: 'skip' });
  expect(info.inputs.input!.shape).toEqual([1]);
  expect(notes).toEqual([
    'column "e" is left out: it has no value in any row',
    'column "c" is left out: it is 3 in every row that has it',
    'column "w" is left out: it is "w" in every row that has it',
  ]);
  expect(said).toEqual(expect.arrayContaining([...notes!]));
  expect(await refusal('x,e,c,w,y', row, { features: { x: 'numeric', c: 'numeric' }, on_error: 'skip' })).toMatch(
    /^features\.c: /,
  );
});

it('a table in UTF-16, or with names that differ in spaces alone, is refused', async () => {
  const text = 'x,y\n1,a\n';
  for (const bytes of [Buffer.from(`\uFEFF${text}`, 'utf16le'), Buffer.from(text, 'utf16le')]) {
    writeFileSync(join(folder, 'wide.csv'), bytes);
    expect(await refusal('x,y', half, { path: 'wide.csv' })).toMatch(/^path: .*wide\.csv is UTF-16, expected UTF-8; .*iconv/);
  }
  expect(await refusal('x, x,y', (i) => `${i},${i},${half(i)}`)).toMatch(/^path: .*some\.csv has two columns called "x"/);
});
