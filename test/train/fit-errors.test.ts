import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DatasetError } from '../../src/data/dataset-error.js';
import { loadExperiment } from '../../src/spec/load.js';
import { soon } from '../../src/train/data-errors.js';
import { prepareModel } from '../../src/train/prepare.js';
import { datasetContext } from '../../src/train/run.js';
import { planData } from '../../src/train/sources.js';
import { project } from '../cli/nn.js';
import { temporaryFolder, userError } from '../data/idx-files.js';

const folder = temporaryFolder();

/** What is said of a config whose transforms are these lines. */
async function refusal(...transforms: readonly string[]): Promise<string> {
  const path = join(folder, 'c.yaml');
  const files = ['train_images', 'train_labels', 'test_images', 'test_labels'].map(
    (name) => `${name}: ${join(project, 'data/smoke', `${name.replace('_', '-')}.idx.gz`)}`,
  );
  const data = ['data:', `  dataset: { type: idx, ${files.join(', ')} }`, '  transforms:', ...transforms];
  writeFileSync(
    path,
    ['version: 1', 'name: c', ...data, 'model: [{type: flatten}, {type: dense, units: 10}]', 'loss: cross_entropy'].join('\n'),
  );
  const loaded = loadExperiment(path);
  const context = datasetContext(folder, () => undefined);
  const error = await userError(async () => planData(loaded, await prepareModel(loaded, context), context));
  return error.message.replaceAll(`${folder}/`, '').split('\n')[0]!;
}

it('a transform that cannot be fitted is reported at its line', async () => {
  expect(await refusal('    - { type: scale, factor: 2 }', '    - { type: robust, axis: all }')).toMatch(
    /^c\.yaml:7:7 data\.transforms\.1: robust: half of the values or more are the same/,
  );
  expect(await refusal('    - { type: normalize, mean: 0, std: 1e-39 }', '    - standardize')).toMatch(
    /^c\.yaml:7:7 data\.transforms\.1: values of the training part are NaN or infinite, to which nothing can be fitted/,
  );
});

it('what is wrong with the data, and is only seen then, keeps its own place', async () => {
  const loaded = loadExperiment(join(folder, 'c.yaml'));
  const wrong = new DatasetError(['path'], 'a.png changed while it was read');
  expect(await userError(() => soon(loaded, ['data', 'transforms', 0], Promise.reject(wrong)))).toBe(wrong);
});
