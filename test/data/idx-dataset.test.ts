import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { DatasetContext } from '../../src/catalog/dataset.js';
import { classification } from '../../src/catalog/dataset.js';
import { datasets } from '../../src/catalog/datasets/index.js';
import { readIdx } from '../../src/data/idx.js';
import { idxBytes, someBytes, temporaryFolder, userError, writeIdx } from './idx-files.js';

const folder = temporaryFolder();
const context: DatasetContext = { folder, cache: join(folder, 'cache'), log: () => {} };
const idx = datasets.get('idx');
const names = { train_images: 'a.gz', train_labels: 'b', test_images: 'c', test_labels: 'd.gz' };

/** Writes four files and reads them as YAML would name them. */
function given(files: Partial<Record<keyof typeof names, [number[], Uint8Array]>> = {}, more: Record<string, unknown> = {}) {
  const all = {
    train_images: [[4, 3, 2], someBytes(24)],
    train_labels: [[4], Uint8Array.of(0, 9, 3, 1)],
    test_images: [[2, 3, 2], someBytes(12)],
    test_labels: [[2], Uint8Array.of(5, 0)],
    ...files,
  } as Record<keyof typeof names, [number[], Uint8Array]>;
  for (const key of Object.keys(all) as (keyof typeof names)[]) writeIdx(join(folder, names[key]), ...all[key]);
  return idx.options.parse({ ...names, ...more });
}

const noBytes = new Uint8Array(0);

describe('idx', () => {
  it('reads greyscale images as [height, width, 1], relative to the config', async () => {
    const options = given();
    const info = classification([3, 2, 1], 10, { trainLength: 4, testLength: 2 });
    expect(await idx.describe!(options, context)).toEqual(info);
    const loaded = await idx.load(options, context);
    expect(loaded.info).toEqual(info);
    expect(loaded.train).toEqual({
      length: 4,
      columns: { input: { values: someBytes(24) }, target: { values: Uint8Array.of(0, 9, 3, 1) } },
    });
    expect(loaded.test).toEqual({
      length: 2,
      columns: { input: { values: someBytes(12) }, target: { values: Uint8Array.of(5, 0) } },
    });
    expect(loaded.provenance).toEqual(
      Object.values(names).map((name) => ({ file: join(folder, name), md5: readIdx(join(folder, name)).md5 })),
    );
  });

  it('keeps the channels of [records, height, width, channels] and the features of [records, features]', async () => {
    const colour = given({ train_images: [[4, 1, 2, 3], someBytes(24)], test_images: [[2, 1, 2, 3], someBytes(12)] });
    expect((await idx.describe!(colour, context)).inputs.input!.shape).toEqual([1, 2, 3]);
    const table = given({ train_images: [[4, 6], someBytes(24)], test_images: [[2, 6], someBytes(12)] });
    expect((await idx.describe!(table, context)).inputs.input!.shape).toEqual([6]);
  });

  it('takes absolute paths and as many classes as a byte has', async () => {
    const options = given({ train_labels: [[4], Uint8Array.of(0, 255, 3, 1)] }, { classes: 256, test_images: join(folder, 'c') });
    expect((await idx.load(options, context)).info.targets.target).toMatchObject({ classes: 256 });
  });

  it('checks the checksums it is given', async () => {
    const { md5 } = readIdx((given(), join(folder, names.train_images)));
    await idx.load(given({}, { checksums: { train_images: md5 } }), context);
    const wrong = 'f'.repeat(32);
    const error = await userError(() => idx.load(given({}, { checksums: { train_images: wrong } }), context));
    expect(error.message).toContain(`${join(folder, 'a.gz')}: wrong checksum`);
    expect(error.message).toContain(`is ${md5}, expected ${wrong}`);
    expect(error.hint).toContain('`checksums`');
  });

  it.each<[string, Parameters<typeof given>, RegExp]>([
    ['counts that differ', [{ train_labels: [[3], someBytes(3)] }], /a\.gz has 4 images, but .*b has 3 labels/],
    ['test counts that differ', [{ test_labels: [[7], someBytes(7)] }], /c has 2 images, but .*d\.gz has 7 labels/],
    ['labels for images', [{ train_images: [[4], someBytes(4)] }], /a\.gz: expected images .*, found rank 1 \(4\)/],
    ['images for labels', [{ test_labels: [[2, 3, 2], someBytes(12)] }], /d\.gz: expected labels .*, found rank 3 \(2 × 3 × 2\)/],
    ['too many axes', [{ test_images: [[2, 1, 1, 3, 2], someBytes(12)] }], /c: expected images .*, found rank 5/],
    [
      'other test images',
      [{ test_images: [[2, 2, 3], someBytes(12)] }],
      /c: images are 2 × 3 × 1, but in .*a\.gz they are 3 × 2 × 1/,
    ],
    ['no training records', [{ train_images: [[0, 3, 2], noBytes], train_labels: [[0], noBytes] }], /a\.gz: has no records/],
    ['no test records', [{ test_images: [[0, 3, 2], noBytes], test_labels: [[0], noBytes] }], /c: has no records/],
    ['no pixels', [{ train_images: [[4, 0, 2], noBytes] }], /a\.gz: images of 0 × 2 have no values/],
  ])('%s: an error before the data is read', async (_, [files, more], message) => {
    const options = given(files, more);
    for (const read of [idx.describe!, idx.load]) {
      const error = await userError(() => read(options, context));
      expect(error.message).toMatch(message);
    }
  });

  it('names the file, the record and the value of a label that is no class', async () => {
    const options = given({ test_labels: [[2], Uint8Array.of(1, 12)] });
    const error = await userError(() => idx.load(options, context));
    expect(error.message).toBe(`${join(folder, 'd.gz')}: record 1 (counted from 0) has label 12, expected 0 … 9`);
    expect((await userError(() => idx.load(given({}, { classes: 3 }), context))).message).toContain('label 9, expected 0 … 2');
  });

  it('names a file that is absent or damaged', async () => {
    const absent = given({}, { test_images: 'absent' });
    for (const read of [idx.describe!, idx.load]) {
      expect((await userError(() => read(absent, context))).message).toContain(`${join(folder, 'absent')}: cannot be read`);
    }
    const options = given();
    writeFileSync(join(folder, 'a.gz'), gzipSync(idxBytes([4, 3, 2], someBytes(20))));
    expect((await userError(() => idx.load(options, context))).message).toContain('cut short: found 36 bytes, expected 40');
  });

  it.each([
    { classes: 1 },
    { classes: 257 },
    { classes: 2.5 },
    { checksums: { train_images: 'abc' } },
    { checksums: { train: 'a' } },
    { path: 1 },
  ])('does not read %j', (more) => {
    expect(datasets.schema().safeParse({ type: 'idx', ...names, ...more }).success).toBe(false);
  });
});
