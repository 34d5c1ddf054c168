import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type DatasetContext, classification } from '../../src/catalog/dataset.js';
import { fashionMnist, fashionMnistSet } from '../../src/catalog/datasets/fashion-mnist.js';
import { definePublished } from '../../src/catalog/published-idx.js';
import { realSources } from '../../src/catalog/published-sources.js';
import { temporaryFolder, userError } from './idx-files.js';

const root = temporaryFolder();
const context: DatasetContext = { folder: join(root, 'configs'), cache: join(root, 'cache'), log: () => undefined };
const info = classification([28, 28, 1], 10, { trainLength: 60000, testLength: 10000 }, fashionMnistSet.labels);

describe('Fashion-MNIST', () => {
  const nowhere = definePublished(fashionMnistSet, {
    ...realSources,
    fetch: async (url) => {
      throw new TypeError('fetch failed', { cause: new Error(`getaddrinfo ENOTFOUND ${new URL(String(url)).host}`) });
    },
    workingFolder: () => root,
  });

  it('is known with the names of its classes before it is there', async () => {
    expect(await nowhere.describe!({}, context)).toEqual(info);
    expect(info.targets.target).toMatchObject({ classes: 10, labels: expect.arrayContaining(['Trouser', 'Ankle boot']) });
  });

  it('says how to get it where it is neither on the machine nor to be downloaded', async () => {
    const error = await userError(() => nowhere.load({}, context));
    expect(error.message).toContain('Fashion-MNIST is not on this machine and cannot be downloaded:\n');
    for (const host of ['storage.googleapis.com', 'raw.githubusercontent.com']) expect(error.message).toContain(host);
    expect(error.hint).toBe(
      'Put train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte (plain, or with ' +
        `.gz) into ${join(context.folder, 'data', 'fashion-mnist')}. On Debian and Ubuntu, \`apt-get install dataset-fashion-mnist\` brings them too.`,
    );
  });

  it('is downloaded over HTTPS only', () => {
    for (const mirror of fashionMnistSet.published.mirrors) expect(mirror).toMatch(/^https:\/\/.*\/$/);
  });

  const installed = existsSync('/usr/share/datasets/fashion-mnist');
  it.skipIf(!installed)('is read from the Debian package (skipped: it is not installed)', async () => {
    const { info: found, train, test, provenance } = await fashionMnist.load({}, context);
    expect(found).toEqual(info);
    expect(provenance.map(({ file }) => file)[0]).toBe('/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz');
    expect([...train.columns.target!.values.subarray(0, 5)]).toEqual([9, 0, 0, 3, 0]);
    for (const { columns, length } of [train, test]) {
      const counts = new Array<number>(10).fill(0);
      for (const label of columns.target!.values) counts[label]!++;
      expect(counts).toEqual(new Array(10).fill(length / 10));
    }
    // The mean that is quoted everywhere for its training pictures.
    let sum = 0;
    for (const byte of train.columns.input!.values) sum += byte;
    expect(sum / train.columns.input!.values.length / 255).toBeCloseTo(0.286, 4);
  });
});
