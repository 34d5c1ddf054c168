import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LoadedDataset } from '../../src/catalog/dataset.js';
import { datasets } from '../../src/catalog/datasets/index.js';
import { DatasetError } from '../../src/data/dataset-error.js';
import { loadExperiment } from '../../src/spec/load.js';
import { temporaryFolder, userError } from './idx-files.js';

const folder = temporaryFolder();
const definition = datasets.get('table');
const rows = Array.from({ length: 40 }, (_, i) => `${i},${['red', 'blue'][i % 2]},${i / 4},${i % 3 === 0 ? 'yes' : 'no'}`);
writeFileSync(join(folder, 'rows.csv'), ['n,colour,size,y', ...rows].join('\n'));
writeFileSync(join(folder, 'mixed.csv'), ['n,y', ...rows.map((_, i) => `${i},${i === 7 ? 'seven' : i / 2}`)].join('\n'));

const load = (options: object, more: object = {}): Promise<LoadedDataset> =>
  definition.load(definition.options.parse({ path: 'rows.csv', ...options }), {
    folder,
    cache: folder,
    log: () => undefined,
    ...more,
  });

/** All that a run sees of a data set. */
const content = ({ info, train, test, valueNames, fitted }: LoadedDataset): unknown => ({
  info,
  records: [train, test].map(({ columns }) =>
    Object.fromEntries(Object.entries(columns).map(([name, { values }]) => [name, [...values]])),
  ),
  valueNames,
  fitted,
});

async function refusal(options: object): Promise<string> {
  const error = await userError(() => load(options));
  expect(error).toBeInstanceOf(DatasetError);
  return `${(error as DatasetError).path.join('.')}: ${error.message}; ${error.hint ?? ''}`;
}

describe('a label among the features', () => {
  const n = { n: 'numeric' };

  it.each<[string, object, object]>([
    ['is what `target` names', { features: { ...n, y: 'label' } }, { features: n, target: 'y' }],
    ['leaves what is read as it is by default, where it stands alone', { features: { y: 'label' } }, { target: 'y' }],
    [
      'takes what a target takes',
      { features: { size: { type: 'label', kind: 'numeric', standardize: true }, ...n } },
      { features: n, target: { column: 'size', type: 'numeric', standardize: true } },
    ],
    [
      'is one of several, which come in its order',
      { features: { y: 'label', ...n, size: { type: 'label', standardize: true } } },
      { features: n, target: ['y', { column: 'size', standardize: true }] },
    ],
    ['may be named by `target` as well', { features: { ...n, y: 'label' }, target: 'y' }, { features: n, target: 'y' }],
    [
      'may be described by `target`',
      { features: { ...n, size: 'label' }, target: [{ column: 'size', standardize: true }] },
      { features: n, target: { column: 'size', standardize: true } },
    ],
    [
      'may say more than `target`',
      { features: { ...n, size: { type: 'label', standardize: true } }, target: 'size' },
      { features: n, target: { column: 'size', standardize: true } },
    ],
  ])('%s', async (_, labelled, targeted) => {
    expect(content(await load(labelled))).toEqual(content(await load(targeted)));
  });

  it('is told by a model that was trained with it', async () => {
    const features = { y: 'label', n: 'numeric', size: { type: 'label', standardize: true } };
    const trained = await load({ features });
    const again = await load({ features }, { fitted: { info: trained.info, dataset: trained.fitted, transforms: [] } });
    expect(content(again)).toEqual(content(trained));
  });

  it.each<[string, object, string]>([
    [
      'that `target` does not name',
      { features: { ...n, y: 'label' }, target: 'colour' },
      'features.y: the column "y" is a label, but `target` names "colour"; leave one of the two out, or name the same columns in both',
    ],
    [
      'beside a target that is none',
      { features: { ...n, y: 'label' }, target: ['y', 'colour'] },
      'target.1: `target` names "colour", which is no label, as others in `features` are; leave `target` out, or name the same columns in both',
    ],
    [
      'of which `target` says something else',
      { features: { ...n, size: { type: 'label', kind: 'numeric' } }, target: { column: 'size', type: 'class' } },
      'features.size: `target` says something else of the column "size" than its label; leave `target` out',
    ],
    [
      'that is not there',
      { features: { ...n, z: 'label' } },
      'features.z: the table has no column "z"; it has n, colour, size, y',
    ],
    [
      'of words that are to be numbers',
      { features: { ...n, y: { type: 'label', kind: 'numeric' } } },
      'features.y: row 1, column "y": found "yes", expected a number',
    ],
    [
      'of classes that are to be standardized',
      { features: { ...n, y: { type: 'label', standardize: true } } },
      'features.y.standardize: the target "y" is a class, and only numbers are standardized; leave `standardize` out, or say `kind: numeric`',
    ],
    [
      'that may be a class or a number',
      { path: 'mixed.csv', features: { ...n, y: 'label' } },
      'features.y: column "y" has numbers, but in row 8 "seven": is it a class or a number?; say which: `y: { type: label, kind: class }`, or `kind: numeric`, for which such rows are wrong',
    ],
  ])('%s is an error', async (_, options, message) => {
    expect(await refusal(options)).toContain(message);
  });
});

it('a table of which nothing is to be told is an error at the data set', async () => {
  const config = (dataset: string): string =>
    `version: 1\nname: x\ndata:\n  dataset: { type: table, path: rows.csv${dataset} }\nmodel: [{ type: flatten }]\nloss: mse\n`;
  const loadConfig = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return loadExperiment(join(folder, name));
  };
  const error = await userError(() => loadConfig('without.yaml', config(', features: { n: numeric }')));
  expect(error.message).toContain('without.yaml:4:12 data.dataset: missing key "target": the column that is to be told');
  const scaled = await userError(() =>
    loadConfig('scaled.yaml', config(', features: { y: { type: label, kind: class, standardize: true } }')),
  );
  expect(scaled.message).toContain('data.dataset.features.y.standardize: classes are not standardized');
  expect(await userError(() => loadConfig('filled.yaml', config(', features: { y: { type: label, fill: 1 } }')))).toMatchObject({
    message: expect.stringContaining('unknown key "fill"') as string,
  });
  expect(loadConfig('with.yaml', config(', features: { y: label }'))).toBeDefined();
});
