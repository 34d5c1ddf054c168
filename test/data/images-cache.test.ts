import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeEach, describe, expect, it } from 'vitest';
import { type LoadedDataset, fieldsOf } from '../../src/catalog/dataset.js';
import { datasets } from '../../src/catalog/datasets/index.js';
import { openPrepared, readPrepared, writePrepared } from '../../src/data/prepared-cache.js';
import { openPlan } from '../../src/train/batch-plan.js';
import { temporaryFolder, userError } from './idx-files.js';
import { slope, writeInto } from './image-files.js';

const root = temporaryFolder();
const definition = datasets.get('images');
const perClass = 9;
let cache: string;
let logged: string[];

const load = (options: object = {}): Promise<LoadedDataset> => {
  logged = [];
  const parsed = definition.options.parse({ path: 'pictures', image_size: [6, 7], test: 0.3, ...options });
  return definition.load(parsed, { folder: root, cache, log: (line) => logged.push(line) });
};
const prepared = (): string[] => (existsSync(join(cache, 'prepared')) ? readdirSync(join(cache, 'prepared')) : []);
const kept = (): string =>
  join(
    cache,
    'prepared',
    prepared().find((name) => name.endsWith('.records'))!,
  );
const isDecoded = (): boolean => logged.some((line) => line.startsWith('decoded pictures are kept in '));
const bytesOf = ({ train, test }: LoadedDataset): number[][] =>
  [train, test].map(({ columns }) => [...columns.input!.values, ...columns.target!.values]);

/** A large picture, of which one row is another for another seed. Not compressed, so that the file is equal before it and after it. */
async function writeNoise(seed: number): Promise<void> {
  const [width, height] = [100, 100];
  const pixels = Uint8Array.from(
    { length: width * height * 3 },
    (_, i) => (i * 37 + (Math.floor(i / 300) === 25 ? seed : 0)) % 256,
  );
  const bytes = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .tiff({ compression: 'none' })
    .toBuffer();
  writeInto(root, 'pictures/b/large.tif', bytes);
  utimesSync(join(root, 'pictures/b/large.tif'), 1e6, 1e6);
}

let number = 0;
beforeEach(async () => {
  cache = join(root, `cache-${number++}`);
  for (const name of ['a', 'b']) {
    for (let i = 0; i < perClass; i++) {
      writeInto(
        root,
        `pictures/${name}/${i}.png`,
        await slope(i + (name === 'a' ? 0 : 0.5))
          .png()
          .toBuffer(),
      );
    }
  }
});

describe('pictures that do not fit into memory', () => {
  /** All batches of both parts, shuffled and normalised. */
  async function batches(options: object, transforms: { type: string }[]): Promise<number[][]> {
    const { info, train, test } = await load(options);
    const found: number[][] = [];
    for (const [part, records] of Object.entries({ train, test })) {
      const source = openPlan({
        records,
        fields: fieldsOf(info),
        inputs: ['input'],
        transforms,
        fitted: transforms.map(() => null),
        augment: [],
        indices: Uint32Array.from({ length: records.length }, (_, i) => i),
        batchSize: 4,
        shuffleSeed: part === 'train' ? 3 : undefined,
        seed: 3,
      });
      for (let epoch = 0; epoch < 2; epoch++) {
        for (let step = 0; step < source.stepsPerEpoch; step++) {
          const { values } = await source.batch(epoch, step);
          found.push([...values.get('input')!, ...values.get('target')!]);
        }
      }
      source.close();
    }
    return found;
  }

  it.each<[string, { type: string }[]]>([
    ['as they are', []],
    ['normalised', [{ type: 'normalize', mean: 0.3, std: 0.7 } as { type: string }]],
  ])('are the same bits, %s', async (_, transforms) => {
    const inMemory = await batches({}, transforms);
    expect(prepared()).toEqual([]);
    const streamed = await batches({ memory_mb: 0 }, transforms);
    expect(prepared()).toHaveLength(1);
    expect(streamed).toEqual(inMemory);
    expect(new Set(inMemory.flat()).size).toBeGreaterThan(100);
  });

  it('are so with some left out', async () => {
    writeInto(root, 'pictures/a/3.png', 'text');
    writeInto(root, 'pictures/b/5.png', 'text');
    const inMemory = await batches({ on_error: 'skip' }, []);
    expect(logged[0]).toBe('2 files skipped:');
    expect(await batches({ on_error: 'skip', memory_mb: 0 }, [])).toEqual(inMemory);
    expect(await batches({ on_error: 'skip', memory_mb: 0, cache: true }, [])).toEqual(inMemory);
    expect(await batches({ on_error: 'skip', memory_mb: 0, cache: true }, [])).toEqual(inMemory);
    expect(logged[0]).toBe('2 files skipped:');
  });

  it('leave nothing behind, neither an ended program nor one that was killed', async () => {
    const folder = join(cache, 'prepared');
    const write = `
      import { temporaryPrepared, writePrepared } from ${JSON.stringify(new URL('../../dist/data/prepared-cache.js', import.meta.url).href)};
      await writePrepared(temporaryPrepared(${JSON.stringify(folder)}), '', 1, async (append) => append(new Uint8Array(1)));
      if (process.argv[1] === 'die') process.kill(process.pid, 'SIGKILL');
    `;
    const run = (...args: string[]) => execFileSync(process.execPath, ['--input-type=module', '-e', write, ...args]);
    run();
    expect(prepared()).toEqual([]);
    expect(() => run('die')).toThrow();
    expect(prepared()).toHaveLength(1);
    const [abandoned] = prepared();
    const others = [`.x.1@${hostname()}-other.tmp`, `.x.${process.pid}@${hostname()}.tmp`];
    for (const name of others) writeFileSync(join(folder, name), '');
    await writePrepared(join(folder, 'new'), '', 1, async () => undefined);
    expect(prepared()).not.toContain(abandoned);
    expect(prepared().sort()).toEqual([...others, 'new'].sort());
  });

  it('need a folder that can be written', async () => {
    writeInto(root, `cache-${number - 1}`, 'a file in its place');
    const error = await userError(() => load({ memory_mb: 0 }));
    expect(error.message).toMatch(
      /cache-\d+\/prepared\/.*, where prepared records are kept, cannot be written: (ENOTDIR|EEXIST)/,
    );
    expect(error.hint).toBe('make room there, or set XDG_CACHE_HOME to another folder');
  });
});

describe('a prepared file', () => {
  it('is used again, and gives the same', async () => {
    const first = await load({ cache: true });
    expect(isDecoded()).toBe(true);
    const made = readFileSync(kept());
    const again = await load({ cache: true });
    expect(isDecoded()).toBe(false);
    expect(bytesOf(again)).toEqual(bytesOf(first));
    expect(bytesOf(first)).toEqual(bytesOf(await load()));
    const apart = { train: 0, test: 0, nameOf: 0 };
    expect({ ...again, ...apart }).toEqual({ ...first, ...apart });
    expect(readFileSync(kept()).equals(made)).toBe(true);
    expect(again.train.columns.input!.values.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it.each<[string, () => Promise<object> | object]>([
    ['another size', () => ({ image_size: [7, 6] })],
    ['greyscale', () => ({ color: 'greyscale' })],
    ['another background', () => ({ background: '#000000' })],
    ['another way to the size', () => ({ resize_mode: 'crop' })],
    ['another split', () => ({ seed: 1 })],
    [
      'a picture more',
      async () => {
        writeInto(root, 'pictures/a/more.png', await slope(77).png().toBuffer());
        return {};
      },
    ],
    [
      'a picture that was written to',
      async () => {
        writeInto(root, 'pictures/a/1.png', await slope(78).png().toBuffer());
        return {};
      },
    ],
    [
      'a picture of another content, size and time being the same',
      () => {
        const path = join(root, 'pictures/a/1.png');
        const bytes = readFileSync(path);
        utimesSync(path, 1e6, 1e6);
        bytes[bytes.length - 20]! ^= 1; // a checksum in it is wrong now
        writeFileSync(path, bytes);
        utimesSync(path, 1e6, 1e6);
        return { on_error: 'skip' };
      },
    ],
    [
      'a picture that has changed somewhere within, size and time being the same',
      async () => {
        await writeNoise(2);
        return {};
      },
    ],
  ])('is not used for %s', async (_, change) => {
    utimesSync(join(root, 'pictures/a/1.png'), 1e6, 1e6);
    await writeNoise(1);
    await load({ cache: true });
    const options = await change();
    const cached = await load({ cache: true, ...options });
    expect(isDecoded()).toBe(true);
    expect(prepared()).toHaveLength(2);
    expect(bytesOf(cached)).toEqual(bytesOf(await load(options)));
  });

  it.each<[string, number, (path: string) => void]>([
    ['is cut off', 512, (path) => truncateSync(path, 200)],
    ['is cut off', 0, (path) => truncateSync(path, readFileSync(path).length - 1)],
    ['is empty', 512, (path) => truncateSync(path, 0)],
    ['is longer', 0, (path) => appendFileSync(path, 'x')],
    ['has another bit in its notes', 0, (path) => flip(path, readFileSync(path).length - 60)],
    ['has another bit in its records', 512, (path) => flip(path, 100)],
  ])('is made anew where it %s (memory: %i)', async (_, memory, harm) => {
    const first = await load({ cache: true, memory_mb: memory });
    harm(kept());
    const again = await load({ cache: true, memory_mb: memory });
    expect(isDecoded()).toBe(true);
    expect(again.info).toEqual(first.info);
    if (memory > 0) expect(bytesOf(again)).toEqual(bytesOf(first));
    await load({ cache: true, memory_mb: memory });
    expect(isDecoded()).toBe(false);
  });

  function flip(path: string, at: number): void {
    const bytes = readFileSync(path);
    bytes[at]! ^= 1;
    writeFileSync(path, bytes);
  }

  it('is not there before it is whole', async () => {
    const folder = join(root, `broken-${number}`);
    const path = join(folder, 'x.records');
    const failing = writePrepared(path, 'key', 4, async (append) => {
      append(Uint8Array.of(1, 2, 3, 4));
      expect(existsSync(path)).toBe(false);
      await Promise.reject(new Error('no more'));
    });
    await expect(failing).rejects.toThrow('no more');
    expect(readdirSync(folder)).toEqual([]);
    await writePrepared(path, 'key', 4, async (append) => {
      for (let i = 0; i < 5; i++) append(Uint8Array.of(i, 2, 3, 4));
      return ['noted'];
    });
    expect(openPrepared(path, 'another', 4)).toBeUndefined();
    expect(openPrepared(path, 'key', 2)).toBeUndefined();
    const file = openPrepared(path, 'key', 4)!;
    expect(file).toMatchObject({ length: 5, notes: ['noted'] });
    expect([...readPrepared(file)!]).toEqual([0, 2, 3, 4, 1, 2, 3, 4, 2, 2, 3, 4, 3, 2, 3, 4, 4, 2, 3, 4]);
    mkdirSync(join(folder, 'empty'));
    expect(openPrepared(join(folder, 'empty'), 'key', 4)).toBeUndefined();
  });
});
