import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { LoadedDataset } from '../../src/catalog/dataset.js';
import { datasets } from '../../src/catalog/datasets/index.js';
import type { DatasetError } from '../../src/data/dataset-error.js';
import { temporaryFolder, userError } from './idx-files.js';
import { plain, writeInto } from './image-files.js';
import { tone, writeWav } from './sound/wav-files.js';

const folder = temporaryFolder();
const count = 12;

/** Files of each kind, and tables of them: one in which a word stands among fractions, and one without it. */
beforeAll(async () => {
  const label = (i: number, last: string): string => (i === count - 1 ? last : `${i}.5`);
  for (let i = 0; i < count; i++) {
    const picture = await plain(10 * i, 100, 100)
      .png()
      .toBuffer();
    writeInto(folder, `${i}.png`, picture);
    writeWav(join(folder, `${i}.wav`), tone(200 + i, 100));
    writeInto(folder, `${i}.txt`, Buffer.from(`text ${i}`));
  }
  for (const [column, ending] of [
    ['image', 'png'],
    ['audio', 'wav'],
    ['text', 'txt'],
  ] as const) {
    for (const [name, last] of [
      ['words', 'oops'],
      ['numbers', '9.5'],
    ] as const) {
      const rows = Array.from({ length: count }, (_, i) => `${i}.${ending},${label(i, last)}`);
      writeFileSync(join(folder, `${column}-${name}.csv`), [`${column},label`, ...rows, ''].join('\n'));
    }
  }
});

it.each<[string, string, object]>([
  ['images', 'image', { image_size: 4 }],
  ['audio', 'audio', { duration: 0.01, sample_rate: 8000 }],
  ['text_files', 'text', { tokenizer: 'character' }],
])('a word among the numbers of a table of %s is asked about, and no silent class', async (type, column, options) => {
  const definition = datasets.get(type);
  const load = (name: string, more: object = {}): Promise<LoadedDataset> =>
    definition.load(definition.options.parse({ path: `${column}-${name}.csv`, ...options, ...more }), {
      folder,
      cache: folder,
      log: () => undefined,
    });
  expect((await load('numbers')).info.targets.target!.kind).toBe('number');
  for (const on_error of ['fail', 'skip']) {
    const error = await userError(() => load('words', { on_error }));
    expect((error as DatasetError).path).toEqual(['target']);
    expect(error.message).toBe('column "label" has numbers, but in row 12 "oops": is it a class or a number?');
    expect(error.hint).toContain('`target: { column: label, type: class }`');
  }
  const numeric = await load('words', { on_error: 'skip', target: { column: 'label', type: 'numeric' } });
  expect(numeric.info.targets.target!.kind).toBe('number');
  expect(numeric.train.length + numeric.test.length).toBe(count - 1);
});
