import { readFileSync, writeFileSync } from 'node:fs';
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

const rows = [
  'height,grade,side',
  ...Array.from({ length: 200 }, (_, i) => `${i - 100},${i % 7 === 3 ? '?' : i % 5},${i < 100 ? 'below' : 'above'}`),
];

beforeAll(() => {
  writeFileSync(join(folder, 'table.csv'), rows.join('\n'));
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

describe('what a table cannot be split by', () => {
  const split = (what: string): string =>
    lines(['path: table.csv', 'features: { height: numeric }', 'target: side']).replace(
      '  batch_size: 16',
      `  batch_size: 16\n  validation: 0.2\n  split: ${what}`,
    );
  it.each<[string, string]>([
    ['group', '6:10 data.split: missing key "column": a column of the table, which need not be a feature'],
    [
      '{ type: group, column: sied }',
      '6:33 data.split.column: the table has no column "sied" to split by; it has height, grade, side',
    ],
    [
      '{ type: time, column: side }',
      '6:32 data.split.column: "side" holds "below", which is neither a number nor a time; write times as',
    ],
    [
      '{ type: stratified, column: height }',
      '6:38 data.split.column: there are 200 classes of 200 records: none has a record to spare',
    ],
    ['{ type: random }\n  folds: 3\n  fold: 4', '8:9 data.fold: there is no fold 4: data.folds is 3; take one from 1 to 3'],
    ['{ type: time, column: height }\n  folds: 300\n  fold: 4', 'data.batch_size: a batch of 16 is larger than the'],
  ])('is said at its line: %s', async (what, start) => {
    writeFileSync(config, split(what));
    const { code, stderr } = await nnHere(['train', config, '--device', 'cpu', '--runs', join(folder, 'none'), '--quiet']);
    expect(code).toBe(2);
    expect(stderr).toContain(start);
  });
});

describe('a run on a table', { timeout: 60_000 }, () => {
  it('learns, and is evaluated and resumed with the same rows', async () => {
    writeFileSync(config, lines(['path: table.csv', 'features: { height: numeric, grade: category }', 'target: side']));
    const run = join(folder, 'run');
    await nnOk(['train', config, '--device', 'cpu', '--run', run]);
    const { split } = JSON.parse(readFileSync(join(run, 'environment.json'), 'utf8')) as { split: Record<string, unknown> };
    expect(split).toEqual({
      train: { records: expect.any(Number), checksum: expect.stringMatching(/^[0-9a-f]{32}$/) },
      test: { records: expect.any(Number), checksum: expect.stringMatching(/^[0-9a-f]{32}$/) },
    });
    const { stdout } = await nnHere(['eval', run, '--device', 'cpu', '--json']);
    const evaluated = JSON.parse(stdout) as { records: number; test_accuracy: number };
    expect(evaluated.records).toBeGreaterThan(20);
    expect(evaluated.test_accuracy).toBeGreaterThan(0.9);
    const resumed = await nnHere(['train', '--resume', run, '--device', 'cpu', '--quiet']);
    expect(resumed.code).toBe(0);
    expect(resumed.stdout).toContain(`on ${evaluated.records} test records`);
  });

  it('says so when it is evaluated on other records', async () => {
    const run = join(folder, 'changed');
    writeFileSync(join(folder, 'other.csv'), rows.join('\n'));
    writeFileSync(config, lines(['path: other.csv', 'features: { height: numeric, grade: category }', 'target: side']));
    await nnOk(['train', config, '--device', 'cpu', '--run', run]);
    writeFileSync(join(folder, 'other.csv'), [...rows, '500,new,above', '501,new,above', '502,newer,above'].join('\n'));
    const { code, stderr } = await nnHere(['eval', run, '--device', 'cpu']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/note: the train part is not what it was when the run was started: it had \d+ records, and has \d+/);
  });
});
