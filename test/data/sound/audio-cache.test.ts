import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type LoadedDataset, fieldsOf } from '../../../src/catalog/dataset.js';
import { datasets } from '../../../src/catalog/datasets/index.js';
import { BatchSource } from '../../../src/data/batches.js';
import { temporaryFolder } from '../idx-files.js';
import { tone, writeWav } from './wav-files.js';

const root = temporaryFolder();
const definition = datasets.get('audio');
let cache: string;
let logged: string[];
let number = 0;

const load = (options: object = {}): Promise<LoadedDataset> => {
  logged = [];
  const parsed = definition.options.parse({ path: 'sounds', duration: 1, test: 0.3, on_error: 'skip', ...options });
  return definition.load(parsed, { folder: root, cache, log: (line) => logged.push(line) });
};
const isRead = (): boolean => logged.some((line) => line.startsWith('samples of recordings are kept in '));
const prepared = (): string[] => (existsSync(join(cache, 'prepared')) ? readdirSync(join(cache, 'prepared')) : []);

/** All records of both parts, with their targets. */
async function recordsOf({ info, train, test }: LoadedDataset): Promise<number[][]> {
  const found: number[][] = [];
  for (const records of [train, test]) {
    const indices = Uint32Array.from({ length: records.length }, (_, i) => i);
    const source = new BatchSource({ records, fields: fieldsOf(info), indices, batchSize: records.length });
    const { values } = await source.batch(0, 0);
    found.push([...values.get('input')!, ...values.get('target')!]);
    source.close();
  }
  return found;
}

const write = (name: string, pitch: number): void => writeWav(join(root, 'sounds', name), tone(pitch, 9000));

beforeEach(() => {
  cache = join(root, `cache-${number++}`);
  rmSync(join(root, 'sounds'), { recursive: true, force: true });
  for (const label of ['a', 'b']) {
    mkdirSync(join(root, 'sounds', label), { recursive: true });
    for (let i = 0; i < 8; i++) write(`${label}/${i}.wav`, 100 * (i + 1) + (label === 'a' ? 0 : 50));
  }
  // Its header is sound, and one of its samples is not.
  writeWav(join(root, 'sounds/a/wrong.wav'), [0, NaN, ...tone(300, 100)], { encoding: 'f32' });
});

describe.each<[string, { sample_rate?: number }, () => void]>([
  ['16 bits', {}, () => rmSync(join(root, 'sounds/a/wrong.wav'))],
  ['floats, and one that cannot be read', { sample_rate: 6000 }, () => undefined],
])('kept recordings of %s', (_, options, prepare) => {
  it('are used again, and give the same, in memory or not', async () => {
    prepare();
    const plain = await load(options);
    expect(prepared()).toEqual([]);
    const first = await load({ ...options, cache: true });
    expect(isRead()).toBe(true);
    expect(prepared()).toHaveLength(1);
    const again = await load({ ...options, cache: true });
    expect(isRead()).toBe(false);
    const onDisk = await load({ ...options, cache: true, memory_mb: 0 });
    expect(isRead()).toBe(false);
    expect(onDisk.train.reader?.type).toBe('record_file');
    expect(again.train.columns.input!.values.buffer).toBeInstanceOf(SharedArrayBuffer);
    const expected = await recordsOf(plain);
    for (const loaded of [first, again, onDisk]) {
      expect(await recordsOf(loaded)).toEqual(expected);
      const { info, notes, provenance, keys, fitted } = plain;
      expect(loaded).toMatchObject({ info, notes, provenance, keys, fitted });
      expect(loaded.nameOf!('test', 1)).toBe(plain.nameOf!('test', 1));
    }
    expect(plain.notes?.length).toBe(options.sample_rate === undefined ? 0 : 2);
  });
});

describe('kept recordings', () => {
  it.each<[string, () => object]>([
    ['another length', () => ({ duration: 0.9 })],
    ['another rate', () => ({ sample_rate: 4000 })],
    ['another split', () => ({ seed: 1 })],
    [
      'a recording more',
      () => {
        write('a/more.wav', 777);
        return {};
      },
    ],
    [
      'one of another content, size and time being the same',
      () => {
        const path = join(root, 'sounds/a/1.wav');
        const bytes = readFileSync(path);
        bytes[6000]! ^= 1;
        writeFileSync(path, bytes);
        utimesSync(path, 1e6, 1e6);
        return {};
      },
    ],
  ])('are not used for %s', async (_, change) => {
    utimesSync(join(root, 'sounds/a/1.wav'), 1e6, 1e6);
    await load({ cache: true });
    const options = change();
    const kept = await load({ ...options, cache: true });
    expect(isRead()).toBe(true);
    expect(prepared()).toHaveLength(2);
    expect(await recordsOf(kept)).toEqual(await recordsOf(await load(options)));
  });

  it('are read anew where they have another bit', async () => {
    const first = await recordsOf(await load({ cache: true }));
    const path = join(cache, 'prepared', prepared()[0]!);
    const bytes = readFileSync(path);
    bytes[100]! ^= 1;
    writeFileSync(path, bytes);
    expect(await recordsOf(await load({ cache: true }))).toEqual(first);
    expect(isRead()).toBe(true);
  });
});
