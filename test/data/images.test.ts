import { mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DatasetContext, LoadedDataset } from '../../src/catalog/dataset.js';
import { datasets } from '../../src/catalog/datasets/index.js';
import { DatasetError } from '../../src/data/dataset-error.js';
import { Splitter } from '../../src/data/split.js';
import { temporaryFolder, userError } from './idx-files.js';
import { bombPng, plain, slope, writeInto } from './image-files.js';

const root = temporaryFolder();
const definition = datasets.get('images');
const logged: string[] = [];
const context: DatasetContext = { folder: root, cache: join(root, 'cache'), log: (line) => void logged.push(line) };
const parse = (options: object) => definition.options.parse({ image_size: 8, ...options });
const load = (options: object, more: Partial<DatasetContext> = {}): Promise<LoadedDataset> =>
  definition.load(parse(options), { ...context, ...more });
const describeIt = (options: object) => definition.describe!(parse(options), context);

/** What is wrong, and where the config says it. */
async function refusal(options: object, more: Partial<DatasetContext> = {}): Promise<string> {
  const error = await userError(() => load(options, more));
  expect(error).toBeInstanceOf(DatasetError);
  return `${(error as DatasetError).path.join('.')}: ${error.message}; ${error.hint ?? ''}`.replaceAll(`${root}/`, '');
}

/** What is logged about a folder in which some files are left out. */
async function skipped(options: object): Promise<string[]> {
  logged.length = 0;
  await load({ on_error: 'skip', ...options });
  return logged.map((line) => line.replaceAll(`${root}/`, '').trim());
}

const png = (seed: number): Promise<Buffer> => slope(seed).png().toBuffer();

/** A folder of two classes, of so many pictures each. */
async function twoClasses(name: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    writeInto(root, `${name}/red/${i}.png`, await plain(200, i, 10).png().toBuffer());
    writeInto(root, `${name}/blue/${i}.png`, await plain(10, i, 200).png().toBuffer());
  }
}

const labelsOf = (records: LoadedDataset['train']): number[] => [...records.columns.target!.values];

beforeAll(() => twoClasses('colours', 30));

describe('a folder of classes', () => {
  it('is read in the order of names, and split by content', async () => {
    const { info, train, test, fitted, provenance } = await load({ path: 'colours' });
    expect(info).toEqual({
      inputs: { input: { kind: 'number', shape: [8, 8, 3] } },
      targets: { target: { kind: 'class', shape: [], classes: 2, labels: ['blue', 'red'] } },
      trainLength: train.length,
      testLength: test.length,
    });
    expect(train.length + test.length).toBe(60);
    expect(test.length).toBeGreaterThan(4);
    expect(test.length).toBeLessThan(22);
    const pixels = train.columns.input!.values;
    labelsOf(train).forEach((label, i) => expect(pixels[i * 192]).toBe(label === 1 ? 200 : 10));
    expect(labelsOf(train)).toEqual(labelsOf(train).sort());
    expect(fitted).toEqual({ classes: ['blue', 'red'] });
    expect(provenance).toEqual([
      { file: expect.stringMatching(/colours.+ and 59 more$/), md5: expect.stringMatching(/^[0-9a-f]{32}$/) },
    ]);
  });

  it('is described without one being decoded', async () => {
    writeInto(root, 'undecodable/a/1.png', 'not a picture');
    writeInto(root, 'undecodable/b/1.png', 'nor this');
    writeInto(root, 'undecodable-test/b/1.png', 'nor that');
    expect(await describeIt({ path: 'undecodable', test: 'undecodable-test' })).toMatchObject({ trainLength: 2, testLength: 1 });
  });

  it('keeps each picture on its side when others come and go, and copies on one side', async () => {
    await twoClasses('moving', 12);
    const sideOf = async (): Promise<Map<string, string>> => {
      const { train, test } = await load({ path: 'moving', test: 0.4 });
      const sides = new Map<string, string>();
      for (const [side, { columns, length }] of Object.entries({ train, test })) {
        for (let i = 0; i < length; i++) {
          const key = [...columns.input!.values.subarray(i * 192, i * 192 + 3)].join();
          expect(sides.get(key) ?? side).toBe(side);
          sides.set(key, side);
        }
      }
      return sides;
    };
    const before = await sideOf();
    rmSync(join(root, 'moving/red/3.png'));
    writeInto(root, 'moving/red/3 again.png', await plain(200, 4, 10).png().toBuffer());
    writeInto(root, 'moving/red/more.png', await plain(200, 77, 10).png().toBuffer());
    const after = await sideOf();
    for (const [key, side] of before) expect(after.get(key) ?? side).toBe(side);
    expect(after.size).toBe(24);
  });

  it('may have the parts train and test', async () => {
    for (const part of ['train', 'test', 'extra']) {
      writeInto(root, `parts/${part}/a/1.png`, await png(1));
      writeInto(root, `parts/${part}/b/deeper/still/1.png`, await png(2));
    }
    writeInto(root, 'parts/train/a/2.png', await png(3));
    logged.length = 0;
    const { train, test } = await load({ path: 'parts' });
    expect([labelsOf(train), labelsOf(test)]).toEqual([
      [0, 0, 1],
      [0, 1],
    ]);
    expect(logged).toEqual([`${join(root, 'parts')}: extra is not read, only train and test`]);
    expect(await refusal({ path: 'parts', test: 0.5 })).toMatch(/^test: parts has the parts train and test already; /);
  });

  it('takes names with spaces and letters of all kinds, in either way of writing them', async () => {
    for (const [i, name] of ['Grüße und ähnliches', '猫', 'a b'].entries()) {
      writeInto(root, `letters/${name.normalize('NFD')}/α β ${i}.PNG`, await png(i));
      writeInto(root, `letters-test/${name.normalize('NFC')}/#1%20?.png`, await png(i));
    }
    const { info, test } = await load({ path: 'letters', test: 'letters-test' });
    expect(info.targets.target).toMatchObject({ labels: ['Grüße und ähnliches', 'a b', '猫'] });
    expect(labelsOf(test)).toEqual([0, 1, 2]);
  });

  it('passes hidden files over, and tells of others', async () => {
    await twoClasses('others', 5);
    for (const name of ['.hidden.png', '.git/x.png', 'notes.txt', 'more.txt', 'README'])
      writeInto(root, `others/red/${name}`, 'x');
    writeInto(root, 'others/index.html', 'x');
    logged.length = 0;
    const { train, test } = await load({ path: 'others', test: 0.5 });
    expect(train.length + test.length).toBe(10);
    expect(logged.map((line) => line.replace(root, ''))).toEqual([
      '/others: 4 files are not read, whose names are not those of pictures: 1 .html, 1 without an ending, 2 .txt',
    ]);
  });

  it('reads the classes in the order that a checkpoint has', async () => {
    const fitted = { info: {} as never, dataset: { classes: ['red', 'green', 'blue'] }, transforms: [] };
    const { info, train } = await load({ path: 'colours' }, { fitted });
    expect(info.targets.target).toMatchObject({ classes: 3, labels: ['red', 'green', 'blue'] });
    expect(new Set(labelsOf(train))).toEqual(new Set([0, 2]));
    const unknown = { ...fitted, dataset: { classes: ['red', 'green'] } };
    expect(await refusal({ path: 'colours' }, { fitted: unknown })).toMatch(
      /^path: colours\/blue\/\d+.png is of the class "blue", and the training part has only red, green; /,
    );
  });
});

describe('a table of pictures', () => {
  beforeAll(async () => {
    for (let i = 0; i < 12; i++)
      writeInto(
        root,
        `tables/pictures/${i}.png`,
        await plain(i * 20, 0, 0)
          .png()
          .toBuffer(),
      );
    const rows = Array.from({ length: 12 }, (_, i) => `pictures/${i}.png,${i < 6 ? 'dark' : 'bright'},${i / 8}`);
    writeInto(root, 'tables/all.csv', ['image,label,brightness', ...rows].join('\n'));
  });

  it('has a class for each', async () => {
    const { info, train } = await load({ path: 'tables/all.csv', test: 0.3 });
    expect(info.targets.target).toMatchObject({ kind: 'class', labels: ['bright', 'dark'] });
    labelsOf(train).forEach((label, i) => expect(label === 1).toBe(train.columns.input!.values[i * 192]! < 120));
  });

  it('or a number', async () => {
    const { info, train, fitted } = await load({ path: 'tables/all.csv', test: 0.3, target: 'brightness' });
    expect(info.targets.target).toEqual({ kind: 'number', shape: [] });
    labelsOf(train).forEach((number, i) => expect(number).toBe(train.columns.input!.values[i * 192]! / 160));
    expect(fitted).toEqual({ classes: null });
  });

  it('is asked by SQL, and tested on another', async () => {
    writeInto(root, 'tables/held.jsonl', '{"image":"pictures/3.png","label":"dark"}\n');
    const query = "SELECT image AS file, label = 'dark' AS is_dark FROM data WHERE image <> 'pictures/3.png'";
    const trained = await load({
      path: 'tables/all.csv',
      query,
      image: 'file',
      target: { column: 'is_dark', type: 'class' },
      test: 0.2,
    });
    expect(trained.info.targets.target).toMatchObject({ labels: ['false', 'true'] });
    const { train, test } = await load({ path: 'tables/all.csv', test: 'tables/held.jsonl' });
    expect([train.length, test.length]).toEqual([12, 1]);
  });

  it('may be split by a column of it, or by class', async () => {
    const splitter = (type: 'group' | 'stratified', column?: string) => new Splitter({ type, column, seed: 5, validation: 0.34 });
    const query = "SELECT *, 'pile ' || row_number() OVER () // 3 AS pile FROM data";
    const grouped = await load({ path: 'tables/all.csv', query, test: 0.3 }, { splitter: splitter('group', 'pile') });
    const pilesOf = ({ columns, length }: LoadedDataset['train'], places = [...Array(length).keys()]) =>
      new Set(places.map((i) => Math.floor((columns.input!.values[i * 192]! / 20 + 1) / 3)));
    const { rest, held } = grouped.validation!;
    const parts = [pilesOf(grouped.test), pilesOf(grouped.train, [...held]), pilesOf(grouped.train, [...rest])];
    for (const part of parts) expect(part.size).toBeGreaterThan(0);
    expect(parts.reduce((sum, { size }) => sum + size, 0)).toBe(new Set(parts.flatMap((part) => [...part])).size);
    const even = await load({ path: 'colours', test: 0.2 }, { splitter: splitter('stratified') });
    expect(labelsOf(even.test)).toEqual([...Array<number>(6).fill(0), ...Array<number>(6).fill(1)]);
    const wrong = await userError(() => load({ path: 'colours' }, { splitter: splitter('group', 'pile') }));
    expect(wrong.message).toBe('pictures in folders have no "pile" to split by');
  });

  it.each<[string, object, string]>([
    ['a column that is not there', { image: 'file' }, 'image: the table has no column "file"; it has image, label, brightness'],
    [
      'a target that is not there',
      { target: 'class' },
      'target: the table has no column "class"; it has image, label, brightness',
    ],
    [
      'a picture that is not there',
      { query: "SELECT 'x.png' AS image, label FROM data" },
      'path: tables/x.png does not exist (row 1 of tables/all.csv); correct or remove it; `on_error: skip` leaves such files out and lists them',
    ],
    [
      'a cell that is too long for a path',
      { query: "SELECT repeat('x', 5000) AS image, label FROM data" },
      `path: tables/${'x'.repeat(500 - join(root, 'tables/').length)}… is no path of a file (row 1 of tables/all.csv); correct or remove it`,
    ],
    [
      'a row without a picture',
      { query: "SELECT NULLIF(image, 'pictures/1.png') AS image, label FROM data" },
      'image: row 2 of tables/all.csv names no picture; correct or remove it; `on_error: skip` leaves such files out and lists them',
    ],
    [
      'a row without a label',
      { query: "SELECT image, NULLIF(label, 'dark') AS label FROM data" },
      'target: row 1 of tables/all.csv has no label; correct or remove it; `on_error: skip` leaves such files out and lists them',
    ],
    [
      'a word for a number',
      { target: { column: 'label', type: 'numeric' } },
      'target: row 1 of tables/all.csv has the label "dark", expected a number; correct or remove it; `on_error: skip` leaves such files out and lists them',
    ],
    [
      'a broken query',
      { query: 'SELECT nothing FROM data' },
      'query: DuckDB says: Referenced column "nothing" not found in FROM clause!',
    ],
  ])('refuses %s', async (_, options, message) => {
    expect((await refusal({ path: 'tables/all.csv', ...options })).slice(0, message.length)).toBe(message);
  });
});

describe('what is wrong with a folder', () => {
  beforeAll(async () => {
    await twoClasses('fine', 3);
    mkdirSync(join(root, 'nothing'));
    writeInto(root, 'flat/1.png', await png(1));
    writeInto(root, 'one class/a/1.png', await png(1));
    writeInto(root, 'one class/a/2.png', await png(2));
    writeInto(root, 'empty class/a/1.png', await png(1));
    mkdirSync(join(root, 'empty class/b'));
    writeInto(root, 'looks like parts/Train/a/1.png', await png(1));
    writeInto(root, 'looks like parts/val/a/1.png', await png(1));
    writeInto(root, 'bitmap/a/1.bmp', 'BM');
    writeInto(root, 'loop/a/1.png', await png(1));
    symlinkSync('..', join(root, 'loop/a/again'));
    writeInto(root, 'self/a/1.png', await png(1));
    symlinkSync('self.png', join(root, 'self/a/self.png'));
    symlinkSync('nowhere', join(root, 'fine-but-link'));
    writeInto(root, 'dangling/a/1.png', await png(1));
    symlinkSync('../../nowhere.png', join(root, 'dangling/a/2.png'));
    writeInto(root, 'new class/red/1.png', await png(1));
    writeInto(root, 'new class/violet/1.png', await png(1));
  });
  const skips = '; `on_error: skip` leaves such files out and lists them';

  it.each<[string, object, string]>([
    ['not there', { path: 'lost' }, 'path: lost does not exist; paths start at the folder of the config'],
    [
      'without anything',
      { path: 'nothing' },
      'path: nothing holds no pictures in folders of classes; they end with .png, .jpg, ',
    ],
    ['without classes', { path: 'flat' }, `path: flat/1.png lies in no folder of a class; put it into one${skips}`],
    [
      'of one class',
      { path: 'one class', test: 0.01 },
      'path: all training pictures are of the class "a": nothing can be learnt from them',
    ],
    ['with an empty class', { path: 'empty class' }, 'path: empty class/b is a class without pictures; files end with .png, '],
    [
      'of parts with other names',
      { path: 'looks like parts' },
      'path: looks like parts has the folders Train, val, which look like parts and not like classes; call them train and test, or',
    ],
    [
      'of bitmaps',
      { path: 'bitmap' },
      `path: bitmap/a/1.bmp is of a kind that is not read (.bmp); convert it, for example to .png${skips}`,
    ],
    ['in a circle', { path: 'loop' }, `path: loop/a/again is a link to a folder that it lies in; correct or remove it${skips}`],
    ['with a link to itself', { path: 'self' }, `path: self/a/self.png is a link to itself; correct or remove it${skips}`],
    ['with a link to nothing', { path: 'dangling' }, `path: dangling/a/2.png is a link to nothing; correct or remove it${skips}`],
    [
      'with a new class in the test',
      { path: 'fine', test: 'new class' },
      'path: new class/violet/1.png is of the class "violet", and the training part has only blue, red; put pictures of it into',
    ],
    [
      'of classes, with what is for tables',
      { path: 'fine', query: 'SELECT 1' },
      'query: `query` is for tables of pictures, and fine is a folder',
    ],
    [
      'in a package that is not installed',
      { path: 'npm:no-such/x' },
      'path: the package no-such, which holds the data, is not installed; npm',
    ],
  ])('%s', async (_, options, message) => {
    const found = await refusal(options);
    expect(found.slice(0, message.length)).toBe(message);
  });

  it('is counted and listed where it is to be left out', async () => {
    expect(await skipped({ path: 'fine', test: 'new class' })).toEqual([
      '1 file skipped:',
      'new class/violet/1.png is of the class "violet", and the training part has only blue, red',
    ]);
    const { provenance } = await load({ path: 'fine', test: 'new class', on_error: 'skip' });
    expect(provenance).toHaveLength(8);
    expect(provenance.at(-1)).toEqual({
      file: join(root, 'new class/violet/1.png'),
      md5: '',
      skipped: 'is of the class "violet", and the training part has only blue, red',
    });
  });

  it.runIf(process.platform === 'linux')('is one that cannot be read, wherever it lies', async () => {
    await twoClasses('unreadable', 4);
    // Nobody can read the start of it, and it can be listed.
    symlinkSync('/proc/self/mem', join(root, 'unreadable/red/memory.png'));
    const reason = 'memory.png cannot be read: EIO: i/o error, read';
    for (const options of [{}, { test: 'fine' }, { cache: true }, { test: 'fine', cache: true }]) {
      const lines = await skipped({ path: 'unreadable', ...options });
      expect(lines.slice(-2)).toEqual(['1 file skipped:', `unreadable/red/${reason}`]);
      expect(await refusal({ path: 'unreadable', ...options })).toContain(`unreadable/red/${reason}`);
    }
  });

  it('is listed up to twenty', async () => {
    await twoClasses('many bad', 2);
    for (let i = 10; i < 40; i++) writeInto(root, `many bad/red/${i}.png`, 'text');
    const lines = await skipped({ path: 'many bad', test: 'fine' });
    expect(lines[0]).toBe('30 files skipped:');
    expect(lines).toHaveLength(22);
    expect(lines.at(-1)).toBe('and 10 more');
    const { provenance, train } = await load({ path: 'many bad', test: 'fine', on_error: 'skip' });
    expect(train.length).toBe(4);
    expect(provenance.at(-1)!.file).toBe('and 10 more');
  });

  it('is told where nothing is left', async () => {
    writeInto(root, 'all bad/red/1.png', 'text');
    expect(await refusal({ path: 'fine', test: 'all bad', on_error: 'skip' })).toMatch(
      /^on_error: every picture of the test part was skipped; /,
    );
  });
});

describe('a file that cannot be decoded', () => {
  beforeAll(async () => {
    await twoClasses('good', 2);
    const jpeg = await slope(1, 200, 200).jpeg().toBuffer();
    writeInto(root, 'text/red/1.png', 'hello, this is a text and no picture');
    writeInto(
      root,
      'binary/red/1.png',
      Uint8Array.from({ length: 100 }, (_, i) => i * 7),
    );
    writeInto(root, 'empty/red/1.png', '');
    writeInto(root, 'half a jpeg/red/1.jpg', jpeg.subarray(0, Math.floor(jpeg.length / 2)));
    writeInto(root, 'jpeg without an end/red/1.jpg', jpeg.subarray(0, jpeg.length - 20));
    writeInto(root, 'half a png/red/1.png', (await slope(1, 200, 200).png().toBuffer()).subarray(0, 300));
    writeInto(root, 'bomb/red/1.png', await bombPng(20000, 20000));
  });

  it.each<[string, RegExp]>([
    ['text', /^is no picture: it begins with "hello, this is a"; PNG, JPEG, WebP, /],
    ['binary', /^is no picture of a kind that is read; /],
    ['empty', /^is empty; /],
    ['half a jpeg', /^is damaged or cut off: VipsJpeg: premature end of JPEG image; /],
    ['jpeg without an end', /^is damaged or cut off: VipsJpeg: premature end of JPEG image; /],
    ['half a png', /^is damaged or cut off: .*png/],
    ['bomb', /^has 20000 x 20000 pixels, more than max_pixels, 100000000; nothing of it was decoded; raise `max_pixels`/],
  ])('%s', async (name, message) => {
    const found = await refusal({ path: 'good', test: name });
    const prefix = new RegExp(`^path: ${name}/red/1\\.\\w+ `);
    expect(found).toMatch(prefix);
    expect(found.replace(prefix, '')).toMatch(message);
  });

  it('is one that changed after it was listed', async () => {
    await twoClasses('changing', 2);
    const options = { path: 'good', test: 'changing' };
    await describeIt(options);
    const path = writeInto(root, 'changing/red/1.png', await png(9));
    utimesSync(path, 1, 1);
    expect(await refusal(options)).toMatch(/^path: changing\/red\/1.png changed while it was read; try again/);
    expect((await load(options)).test.length).toBe(4);
    writeFileSync(path, await png(9));
  });
});
