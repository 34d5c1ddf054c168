import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { classification } from '../../src/catalog/dataset.js';
import { datasets } from '../../src/catalog/datasets/index.js';
import { readIdx } from '../../src/data/idx.js';
import { temporaryFolder } from './idx-files.js';

const data = fileURLToPath(new URL('../../data', import.meta.url));
const smoke = join(data, 'smoke');
const again = temporaryFolder();

it('is 600 and 200 digits of balanced classes in less than 150 kB', async () => {
  const { info, train, test } = await datasets.get('idx').load(
    {
      train_images: 'train-images.idx.gz',
      train_labels: 'train-labels.idx.gz',
      test_images: 'test-images.idx.gz',
      test_labels: 'test-labels.idx.gz',
      classes: 10,
    },
    { folder: smoke, cache: again, log: () => {} },
  );
  expect(info).toEqual(classification([28, 28, 1], 10, { trainLength: 600, testLength: 200 }));
  const count = (labels: ArrayLike<number>) =>
    Array.from({ length: 10 }, (_, digit) => Array.from(labels).filter((label) => label === digit).length);
  expect(count(train.columns.target!.values)).toEqual(Array(10).fill(60));
  expect(count(test.columns.target!.values)).toEqual(Array(10).fill(20));
  expect(readdirSync(smoke).reduce((bytes, name) => bytes + statSync(join(smoke, name)).size, 0)).toBeLessThan(150_000);
});

it('is what its script makes, with the checksums of its page', async () => {
  execFileSync(process.execPath, [join(data, 'make-smoke.js'), again]);
  const page = readFileSync(join(data, 'README.md'), 'utf8');
  for (const name of readdirSync(smoke).filter((one) => one !== 'digit.png')) {
    const { md5 } = readIdx(join(smoke, name));
    expect(readIdx(join(again, name)).md5).toBe(md5);
    expect(page).toContain(md5);
  }
  const pixels = async (folder: string): Promise<Buffer> => sharp(join(folder, 'digit.png')).extractChannel(0).raw().toBuffer();
  expect(await pixels(again)).toEqual(await pixels(smoke));
  expect(await pixels(smoke)).toEqual(Buffer.from(readIdx(join(smoke, 'test-images.idx.gz')).data.subarray(0, 784)));
  expect(readdirSync(again).sort()).toEqual(readdirSync(smoke).sort());
});
