import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { nnHere } from './in-process.js';
import { nnOk } from './nn.js';
import { sharedFolder } from './runs.js';

const folder = sharedFolder();
const config = join(folder, 'table.yaml');
const lines = (dataset: readonly string[]): string =>
  [
    'version: 1',
    'name: table',
    'data:',
    '  batch_size: 16',
    '  dataset:',
    '    type: table',
    ...dataset.map((line) => `    ${line}`),
    'model: [{ type: dense, units: 2 }]',
    'loss: cross_entropy',
    'optimizer: { type: adam, learning_rate: 0.1 }',
    'metrics: [accuracy]',
    'train: { epochs: 5 }',
    '',
  ].join('\n');

beforeAll(() => {
  const rows = Array.from({ length: 200 }, (_, i) => `${i - 100},${i % 7 === 3 ? '?' : i % 5},${i < 100 ? 'below' : 'above'}`);
  writeFileSync(join(folder, 'table.csv'), ['height,grade,side', ...rows].join('\n'));
});

describe('an error of a table', () => {
  it.each<[string, string[], string, string]>([
    [
      'names the column that was meant',
      ['path: table.csv', 'target: sied'],
      '8:13 data.dataset.target: the table has no column "sied"; did you mean "side"?',
      '8 |     target: sied',
    ],
    [
      'points at a feature',
      ['path: table.csv', 'features:', '  height: numeric', '  grade: numeric', 'target: side'],
      '10:14 data.dataset.features.grade: row 4, column "grade": found "?", expected a number; declare the column as category',
      '10 |       grade: numeric',
    ],
    [
      'points at the query',
      ['path: table.csv', 'query: SELECT nothing FROM data', 'target: side'],
      '8:12 data.dataset.query: DuckDB says: Referenced column "nothing" not found in FROM clause!',
      '8 |     query: SELECT nothing FROM data',
    ],
    [
      'says how to install a package',
      ['path: npm:@some/package/data.csv', 'target: side'],
      '7:11 data.dataset.path: the package @some/package, which holds the data, is not installed; npm install --no-save @some/package',
      '7 |     path: npm:@some/package/data.csv',
    ],
    [
      'points at the data set where nothing is written',
      ['path: table.csv', 'query: SELECT side, range AS n, 1 AS one FROM data, range(2)', 'target: side'],
      '5:3 data.dataset.features.one: column "one" is 1 in every row of the training part',
      '5 |   dataset:',
    ],
  ])('%s', async (_, dataset, start, line) => {
    writeFileSync(config, lines(dataset));
    const { code, stdout, stderr } = await nnHere(['train', config, '--device', 'cpu', '--runs', join(folder, 'none')]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.slice(config.length + 1).startsWith(start), stderr).toBe(true);
    expect(stderr).toContain(`\n  ${line}\n`);
  });
});

describe('a run on a table', { timeout: 60_000 }, () => {
  it('learns, and is evaluated and resumed with the same rows', async () => {
    writeFileSync(config, lines(['path: table.csv', 'features: { height: numeric, grade: category }', 'target: side']));
    const run = join(folder, 'run');
    await nnOk(['train', config, '--device', 'cpu', '--run', run]);
    const { stdout } = await nnHere(['eval', run, '--device', 'cpu', '--json']);
    const evaluated = JSON.parse(stdout) as { records: number; test_accuracy: number };
    expect(evaluated.records).toBeGreaterThan(20);
    expect(evaluated.test_accuracy).toBeGreaterThan(0.9);
    const resumed = await nnHere(['train', '--resume', run, '--device', 'cpu', '--quiet']);
    expect(resumed.code).toBe(0);
    expect(resumed.stdout).toContain(`on ${evaluated.records} test records`);
  });
});
