import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DatasetContext, LoadedDataset } from '../../../src/catalog/dataset.js';
import { datasets } from '../../../src/catalog/datasets/index.js';
import { BatchSource } from '../../../src/data/batches.js';
import { DatasetError } from '../../../src/data/dataset-error.js';
import { Splitter } from '../../../src/data/split.js';
import { temporaryFolder, userError } from '../idx-files.js';
import { tone, wavBytes, writeWav } from './wav-files.js';

const folder = temporaryFolder();
const definition = datasets.get('audio');
const logged: string[] = [];
const context: DatasetContext = { folder, cache: folder, log: (line) => void logged.push(line) };
const load = (options: object, more: Partial<DatasetContext> = {}): Promise<LoadedDataset> =>
  definition.load(definition.options.parse({ duration: 0.01, ...options }), { ...context, ...more });

function place(path: string): string {
  const whole = join(folder, path);
  mkdirSync(dirname(whole), { recursive: true });
  return whole;
}

async function refusal(options: object, more: Partial<DatasetContext> = {}): Promise<string> {
  const error = await userError(() => load(options, more));
  expect(error).toBeInstanceOf(DatasetError);
  return `${(error as DatasetError).path.join('.')}: ${error.message}; ${error.hint ?? ''}`.replaceAll(`${folder}/`, '');
}

/** All records of a part, without their order being changed. */
async function recordsOf({ info, ...parts }: LoadedDataset, part: 'train' | 'test') {
  const records = parts[part];
  const indices = Uint32Array.from({ length: records.length }, (_, i) => i);
  const source = new BatchSource({ records, fields: { ...info.inputs, ...info.targets }, indices, batchSize: records.length });
  const { values } = await source.batch(0, 0);
  const size = info.inputs.input!.shape[0]!;
  const sounds = [...indices].map((i) => [...values.get('input')!.subarray(i * size, (i + 1) * size)]);
  source.close();
  return { sounds, targets: [...values.get('target')!] };
}

/** Tones, each class of its own pitch: recording i has i + 20 samples. */
const lengths = [20, 60, 80, 100, 120, 200];
beforeAll(() => {
  for (const [name, pitch] of [
    ['low', 200],
    ['high', 2000],
  ] as const) {
    for (let i = 0; i < 12; i++) writeWav(place(`tones/${name}/${i}.wav`), tone(pitch, 20 + 10 * i));
    for (const length of lengths) writeWav(place(`parts/train/${name}/${length}.wav`), tone(pitch, length));
    writeWav(place(`parts/test/${name}/inner/one.wav`), tone(pitch, 70));
  }
});

describe('recordings in folders', () => {
  it('are cut or filled up with silence, with the classes in the order of their names', async () => {
    const loaded = await load({ path: 'parts' });
    expect(loaded.info).toEqual({
      inputs: { input: { kind: 'number', shape: [80], sampleRate: 8000 } },
      targets: { target: { kind: 'class', shape: [], classes: 2, labels: ['high', 'low'] } },
      trainLength: 12,
      testLength: 2,
    });
    expect(loaded.fitted).toEqual({ classes: ['high', 'low'], sampleRate: 8000 });
    const { sounds, targets } = await recordsOf(loaded, 'train');
    expect(targets).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
    // Names are in the order of their letters: 100, 120, 20, 200, 60, 80.
    const exact = (pitch: number, length: number) =>
      [...tone(pitch, length), ...new Array<number>(200).fill(0)]
        .slice(0, 80)
        .map((value) => Math.round(value * 32768) / 32768 + 0);
    expect(sounds[0]).toEqual(exact(2000, 100));
    expect(sounds[8]).toEqual(exact(200, 20));
    expect(loaded.train.columns.input!.values).toBeInstanceOf(Int16Array);
  });

  it('are split by their content, the same whatever lies beside them', async () => {
    const sizes = async () => {
      const { train, test } = await load({ path: 'tones', test: 0.4 });
      return { train, test };
    };
    const before = await sizes();
    expect(before.train.length + before.test.length).toBe(24);
    expect(before.test.length).toBeGreaterThan(3);
    expect(before.test.length).toBeLessThan(17);
    // A copy is on the same side as what it is a copy of.
    for (let i = 0; i < 12; i++) writeFileSync(place(`tones/low/copy-${i}.wav`), wavBytes(tone(200, 20 + 10 * i)));
    const { sounds: train } = await recordsOf(await load({ path: 'tones', test: 0.4 }), 'train');
    const { sounds: test } = await recordsOf(await load({ path: 'tones', test: 0.4 }), 'test');
    const held = new Set(test.map((sound) => JSON.stringify(sound)));
    const same = train.filter((sound) => sound[19] !== 0 && sound[79] === 0 && held.has(JSON.stringify(sound)));
    expect(same).toEqual([]);
  });

  it('of several rates and widths are brought to one rate', async () => {
    writeWav(place('rates/a/one.wav'), tone(300, 400, 16000), { sampleRate: 16000, encoding: 's24' });
    writeWav(place('rates/a/two.wav'), tone(300, 400), { encoding: 'f32' });
    writeWav(place('rates/b/one.wav'), tone(300, 800, 16000), { sampleRate: 16000, channels: 2 });
    writeWav(place('rates/b/two.wav'), tone(300, 400), { encoding: 'u8' });
    expect(await refusal({ path: 'rates', test: 'rates' })).toBe(
      'sample_rate: the recordings have 8000, 16000 samples in a second; set sample_rate to what they are to be brought to, for example 8000',
    );
    const loaded = await load({ path: 'rates', test: 'rates', sample_rate: 8000 });
    expect(loaded.info.inputs.input).toEqual({ kind: 'number', shape: [80], sampleRate: 8000 });
    const { sounds } = await recordsOf(loaded, 'train');
    const expected = tone(300, 80);
    for (const [i, tolerance] of [
      [0, 0.01],
      [1, 1e-6],
      [3, 0.01],
    ] as const) {
      for (let n = 20; n < 80; n++) expect(Math.abs(sounds[i]![n]! - expected[n]!)).toBeLessThan(tolerance);
    }
    expect(loaded.train.columns.input!.values).toBeInstanceOf(Float32Array);
  });

  it('that are too much for memory are read when they are wanted, to the same records', async () => {
    const [held, read] = [await load({ path: 'parts' }), await load({ path: 'parts', memory_mb: 0 })];
    expect(read.train.columns.input).toBeUndefined();
    expect(read.train.reader!.type).toBe('recordings');
    for (const part of ['train', 'test'] as const) expect(await recordsOf(read, part)).toEqual(await recordsOf(held, part));
    const changed = place('changed/a/1.wav');
    writeWav(changed, tone(100, 90));
    writeWav(place('changed/b/1.wav'), tone(200, 90));
    const before = await load({ path: 'changed', test: 'changed', memory_mb: 0 });
    utimesSync(changed, 1, 1);
    expect((await userError(() => recordsOf(before, 'train'))).message).toBe(`${changed} changed while it was read`);
  });

  it('keep the classes that a checkpoint has', async () => {
    const loaded = await load({ path: 'parts' });
    const fitted = { info: loaded.info, dataset: { classes: ['low', 'high'], sampleRate: 8000 }, transforms: [] };
    const again = await load({ path: 'parts' }, { fitted });
    expect((await recordsOf(again, 'test')).targets).toEqual([1, 0]);
    const fewer = { ...fitted, dataset: { classes: ['low', 'other'], sampleRate: 8000 } };
    expect(await refusal({ path: 'parts' }, { fitted: fewer })).toContain(
      'is of the class "high", and the training part has only',
    );
  });
});

it('recordings may be named by a table, with numbers to be told', async () => {
  for (let i = 0; i < 6; i++) writeWav(place(`table/sounds/${i}.wav`), tone(100 * (i + 1), 90));
  const rows = [0, 1, 2, 3, 4, 5].map((i) => `sounds/${i}.wav,${i + 0.5}`);
  writeFileSync(place('table/list.csv'), ['audio,pitch', ...rows].join('\n'));
  const loaded = await load({ path: 'table/list.csv', target: 'pitch', test: 'table/list.csv' });
  expect(loaded.info.targets.target).toEqual({ kind: 'number', shape: [] });
  expect((await recordsOf(loaded, 'train')).targets).toEqual([0.5, 1.5, 2.5, 3.5, 4.5, 5.5]);
  const tooLarge = ['sounds/0.wav,inf', 'sounds/1.wav,1e39', 'sounds/2.wav,-1e39'];
  writeFileSync(place('table/large.csv'), ['audio,pitch', ...rows, ...tooLarge].join('\n'));
  expect(await refusal({ path: 'table/large.csv', target: 'pitch' })).toMatch(
    /^target: row 7 of \S*large\.csv has the pitch Infinity, expected a 32-bit number/,
  );
  const left = await load({ path: 'table/large.csv', target: 'pitch', test: 'table/list.csv', on_error: 'skip' });
  expect((await recordsOf(left, 'train')).targets).toEqual([0.5, 1.5, 2.5, 3.5, 4.5, 5.5]);
  expect(await refusal({ path: 'table/list.csv', audio: 'file' })).toMatch(/^audio: the table has no column "file"/);
});

it('a table may say whether it tells numbers or classes, and have words among the numbers', async () => {
  for (let i = 0; i < 6; i++) writeWav(place(`told/${i}.wav`), tone(100 * (i + 1), 90));
  writeFileSync(place('told/whole.csv'), ['audio,label', ...[0, 1, 2, 3, 4, 5].map((i) => `${i}.wav,${i % 3}`)].join('\n'));
  const of = (type: string, options: object = {}) =>
    load({ path: 'told/whole.csv', test: 'told/whole.csv', target: { column: 'label', type }, ...options });
  expect((await of('class')).info.targets.target).toMatchObject({ kind: 'class', classes: 3 });
  const { info, train } = await of('numeric');
  expect(info.targets.target).toEqual({ kind: 'number', shape: [] });
  expect([...train.columns.target!.values]).toEqual([0, 1, 2, 0, 1, 2]);
  writeFileSync(place('told/words.csv'), 'audio,label\n0.wav,1.5\n1.wav,many\n2.wav,-2\n3.wav,1e300\n');
  const some = await of('numeric', { path: 'told/words.csv', on_error: 'skip' });
  expect([...some.train.columns.target!.values]).toEqual([1.5, -2]);
  expect(some.notes!.slice(0, 3).join()).toMatch(
    /^2 files skipped:,.*row 2 of .* has the label "many", expected a number,.*row 4 of /,
  );
  // Taken as classes, none of the test part is known.
  expect(await refusal({ path: 'told/whole.csv', test: 'told/words.csv', target: 'label', on_error: 'skip' })).toContain(
    'there is no recording in the test part; put some there; some were skipped, the first of them: told/0.wav is of the class "1.5"',
  );
});

describe('recordings that cannot be used', () => {
  const broken = ['cut.wav', 'empty.wav', 'nan.wav', 'text.wav'];
  beforeAll(() => {
    for (let i = 0; i < 3; i++) {
      writeWav(place(`broken/a/${i}.wav`), tone(100, 90 + i));
      writeWav(place(`broken/b/${i}.wav`), tone(300, 90 + i));
    }
    writeFileSync(place('broken/b/cut.wav'), wavBytes(tone(100, 90)).subarray(0, 100));
    writeWav(place('broken/b/empty.wav'), []);
    writeWav(place('broken/b/nan.wav'), [0, NaN, 0], { encoding: 'f32' });
    writeFileSync(place('broken/b/text.wav'), 'this is a text');
    writeFileSync(place('broken/b/notes.txt'), 'and this too');
    symlinkSync(join(folder, 'broken'), place('broken/b/loop'));
    writeFileSync(place('broken/b/song.mp3'), 'ID3');
  });

  it('fail, with the file and what is wrong with it', async () => {
    expect(await refusal({ path: 'broken', test: 'parts/test' })).toMatch(
      /^path: broken\/b\/loop is a link to a folder that it lies in/,
    );
    for (const [name, reason] of [
      ['cut.wav', 'is cut off: of 180 bytes of samples there are 56'],
      ['empty.wav', 'has no samples'],
      ['nan.wav', 'has the sample NaN, at place 1'],
      ['text.wav', 'is no WAV file: it begins with "this"'],
    ] as const) {
      writeFileSync(place(`only/${name}/a/1.wav`), wavBytes(tone(100, 90)));
      writeFileSync(place(`only/${name}/b/1.wav`), wavBytes(tone(200, 90)));
      const bytes =
        name === 'cut.wav'
          ? wavBytes(tone(100, 90)).subarray(0, 100)
          : name === 'empty.wav'
            ? wavBytes([])
            : name === 'nan.wav'
              ? wavBytes([0, NaN, 0], { encoding: 'f32' })
              : Buffer.from('this is a text');
      writeFileSync(place(`only/${name}/b/${name}`), bytes);
      expect(await refusal({ path: `only/${name}`, test: `only/${name}` })).toContain(`path: only/${name}/b/${name} ${reason}; `);
    }
  });

  it('are left out, counted and listed where the config says so', async () => {
    logged.length = 0;
    const { info, notes } = await load({ path: 'broken', test: 'broken', on_error: 'skip' });
    expect([info.trainLength, info.testLength]).toEqual([6, 6]);
    const told = logged.join('\n').replaceAll(`${folder}/`, '');
    for (const name of [...broken, 'loop', 'song.mp3']) expect(told).toContain(`broken/b/${name} `);
    expect(told).toContain('whose names are not those of recordings: 1 .txt');
    expect(notes!.join('\n').replaceAll(`${folder}/`, '')).toBe(told);
  });

  it('and folders that are not there', async () => {
    expect(await refusal({ path: 'none' })).toBe('path: none does not exist; paths start at the folder of the config');
    mkdirSync(place('bare/a/x'), { recursive: true });
    expect(await refusal({ path: 'bare' })).toMatch(/^path: bare\/a is a class without recordings/);
  });
});

describe('recordings of a table', () => {
  it('are split by a column of it, for the test and for validation', async () => {
    const speakers = 'abcdefghij'.split('');
    const rows = speakers.flatMap((speaker, i) => {
      return [0, 1, 2].map((take) => {
        const name = `${speaker}-${take}.wav`;
        writeWav(place(`spoken/${name}`), tone(200 + 300 * (take % 2), 30 + 7 * i + take));
        return `${name},${take % 2 === 0 ? 'low' : 'high'},${speaker}`;
      });
    });
    writeFileSync(place('spoken/list.csv'), ['audio,label,speaker', ...rows, ''].join('\n'));
    const splitter = new Splitter({ type: 'group', column: 'speaker', seed: 1, validation: 0.25 });
    const { provenance, train, test, validation } = await load({ path: 'spoken/list.csv', test: 0.2 }, { splitter });
    expect(train.length + test.length).toBe(30);
    const speakersOf = (files: readonly { file: string }[]) => [
      ...new Set(files.map(({ file }) => /(\w)-\d\.wav$/.exec(file)![1]!)),
    ];
    const trained = provenance.slice(0, train.length);
    const parts = [
      speakersOf([...validation!.rest].map((record) => trained[record]!)),
      speakersOf([...validation!.held].map((record) => trained[record]!)),
      speakersOf(provenance.slice(train.length)),
    ];
    expect(parts.flat().sort()).toEqual(speakers);
    for (const part of parts) expect(part.length).toBeGreaterThan(0);
  });
});
