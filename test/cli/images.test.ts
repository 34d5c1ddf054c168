import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { plain, writeInto } from '../data/image-files.js';
import { nnHere } from './in-process.js';
import { nnOk } from './nn.js';
import { rowsOf, sharedFolder, timelessRows } from './runs.js';

const folder = sharedFolder();
const config = join(folder, 'images.yaml');
const env = { XDG_CACHE_HOME: join(folder, 'cache') };
const lines = (dataset: readonly string[]): string =>
  [
    'version: 1',
    'name: images',
    'data:',
    '  batch_size: 8',
    '  validation: 0.2',
    '  dataset:',
    '    type: images',
    ...dataset.map((line) => `    ${line}`),
    '  augment: [{ type: random_flip }]',
    'model: [{ type: conv2d, filters: 4, kernel_size: 3, activation: relu }, { type: global_average_pool2d }, { type: dense, units: 2 }]',
    'loss: cross_entropy',
    'optimizer: { type: adam, learning_rate: 0.05 }',
    'metrics: [accuracy]',
    'train: { epochs: 4 }',
    '',
  ].join('\n');

beforeAll(async () => {
  for (let i = 0; i < 40; i++) {
    writeInto(
      folder,
      `pictures/warm/${i}.png`,
      await plain(180 + i, 60 + i, 40)
        .png()
        .toBuffer(),
    );
    writeInto(
      folder,
      `pictures/cold/${i}.jpg`,
      await plain(40, 60 + i, 180 + i)
        .jpeg()
        .toBuffer(),
    );
  }
  writeInto(folder, 'pictures/cold/text.png', 'this is a text');
});

describe('an error of a picture', () => {
  it.each<[string, string[], string]>([
    [
      'is told at the line of the folder',
      ['path: pictures', 'image_size: 8'],
      '8:11 data.dataset.path: PICTURES/cold/text.png is no picture: it begins with "this is a text"; PNG, JPEG, WebP, AVIF, GIF, TIFF and ' +
        'SVG are read, whatever the name ends with; `on_error: skip` leaves such files out and lists them',
    ],
    ['asks for the size', ['path: pictures'], '6:3 data.dataset: missing key "image_size"'],
    [
      'asks for a colour',
      ['path: pictures', 'image_size: 8', 'background: white'],
      '10:17 data.dataset.background: expected a colour such as "#ffffff", found the string "white"',
    ],
    [
      'is told at the line of the test folder',
      ['path: pictures', 'image_size: 8', 'test: nowhere'],
      `10:11 data.dataset.test: ${join(folder, 'nowhere')} does not exist; paths start at the folder of the config`,
    ],
  ])('%s', async (_, dataset, start) => {
    writeFileSync(config, lines(dataset));
    const { code, stdout, stderr } = await nnHere(['train', config, '--device', 'cpu', '--runs', join(folder, 'none')]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const found = stderr.slice(stderr.indexOf(config) + config.length + 1).replace(join(folder, 'pictures'), 'PICTURES');
    expect(found.slice(0, start.length)).toBe(start);
  });
});

describe('a run on pictures', { timeout: 60_000 }, () => {
  const run = (name: string): string => join(folder, name);
  const train = async (name: string, ...options: string[]): Promise<string> => {
    writeFileSync(config, lines(['path: pictures', 'image_size: 8', 'on_error: skip', ...options]));
    const { stderr } = await nnOk(['train', config, '--device', 'cpu', '--run', run(name)], { env });
    return stderr;
  };

  it('learns, says what was left out, and is evaluated with the same classes', async () => {
    const stderr = await train('memory');
    expect(stderr).toContain('1 file skipped:');
    expect(stderr).toContain('cold/text.png is no picture: it begins with "this is a text"');
    expect(rowsOf(run('memory'), 'test')[0]!['test_accuracy']).toBeGreaterThan(0.9);
    const environment = readFileSync(join(run('memory'), 'environment.json'), 'utf8');
    const { data } = JSON.parse(environment) as { data: { file: string; skipped?: string }[] };
    expect(data.map(({ skipped }) => skipped)).toEqual([undefined, 'is no picture: it begins with "this is a text"']);
    const { stdout } = await nnHere(['eval', run('memory'), '--device', 'cpu', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ test_accuracy: rowsOf(run('memory'), 'test')[0]!['test_accuracy'] });
  });

  it('is the same where pictures are read from a file, which then goes, or from one that is kept', async () => {
    const expected = timelessRows(run('memory'));
    await train('streamed', 'memory_mb: 0');
    expect(timelessRows(run('streamed'))).toEqual(expected);
    expect(readdirSync(join(folder, 'cache/nn/prepared'))).toEqual([]);
    expect(await train('made', 'memory_mb: 0', 'cache: true')).toContain('decoded pictures are kept in ');
    expect(readdirSync(join(folder, 'cache/nn/prepared'))).toHaveLength(1);
    expect(await train('kept', 'memory_mb: 0', 'cache: true')).not.toContain('decoded pictures are kept in ');
    expect(timelessRows(run('made'))).toEqual(expected);
    expect(timelessRows(run('kept'))).toEqual(expected);
  });
});
