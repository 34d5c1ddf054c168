import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { datasets } from '../../src/catalog/datasets/index.js';
import { temporaryFolder } from './idx-files.js';

const folder = temporaryFolder();
const script = fileURLToPath(new URL('../../data/make-digit-folders.js', import.meta.url));

it('digits in folders are those of MNIST, bit for bit', async () => {
  execFileSync(process.execPath, [script, join(folder, 'digits'), '120', '40']);
  const context = { folder, cache: folder, log: () => {} };
  const images = datasets.get('images');
  const { info, train, test } = await images.load(
    images.options.parse({ path: 'digits', image_size: 28, color: 'greyscale' }),
    context,
  );
  expect(info).toMatchObject({ trainLength: 120, testLength: 40, targets: { target: { labels: [...'0123456789'] } } });
  const mnist = datasets.get('mnist');
  const published = await mnist.load(mnist.options.parse({}), context);
  for (const [part, found] of [
    ['train', train],
    ['test', test],
  ] as const) {
    const { input, target } = published[part].columns;
    const byDigit = [...target!.values.subarray(0, found.length)]
      .map((digit, record) => ({ digit, record }))
      .sort((a, b) => a.digit - b.digit || a.record - b.record);
    expect([...found.columns.target!.values]).toEqual(byDigit.map(({ digit }) => digit));
    const pixels = byDigit.flatMap(({ record }) => [...input!.values.subarray(record * 784, (record + 1) * 784)]);
    expect([...found.columns.input!.values]).toEqual(pixels);
  }
});
