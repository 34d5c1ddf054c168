import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { nnHere } from './in-process.js';
import { sharedFolder } from './runs.js';

const folder = sharedFolder();

/** What is said of a data set whose files are not there. */
async function refusal(dataset: object): Promise<string> {
  const path = join(folder, 'c.yaml');
  const rest = { model: [{ type: 'flatten' }, { type: 'dense', units: 2 }], loss: 'cross_entropy' };
  writeFileSync(path, JSON.stringify({ version: 1, name: 'c', data: { dataset }, ...rest }));
  const { code, stdout, stderr } = await nnHere(['train', path, '--device', 'cpu', '--runs', join(folder, 'runs')]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  return stderr.replaceAll(`${folder}/`, '').split('\n')[0]!;
}

it.each<[string, object, string]>([
  ['table', { path: 'none.csv', target: 'y' }, 'path: none.csv does not exist'],
  ['time_series', { path: 'none.csv', target: 'y', window: 3 }, 'path: none.csv does not exist'],
  ['text', { path: 'none-*.txt' }, 'path: no file is named like none-*.txt'],
  ['text_files', { path: 'none' }, 'path: none does not exist'],
  ['images', { path: 'none', image_size: 8 }, 'path: none does not exist'],
  ['audio', { path: 'none', duration: 1 }, 'path: none does not exist'],
  ['arrays', { path: 'none.npz', inputs: 'x', targets: 'y' }, 'path: none.npz does not exist'],
  [
    'table',
    { path: 'npm:no-such-data/a.csv', target: 'y' },
    'path: the package no-such-data, which holds the data, is not installed',
  ],
])('files of %s that are not there are told with how the config says that they are had', async (type, options, message) => {
  const plain = await refusal({ type, ...options });
  expect(plain).toMatch(/; (paths start at the folder of the config|npm install --no-save no-such-data)$/);
  expect(plain).toContain(` data.dataset.${message}; `);
  expect(await refusal({ type, ...options, obtain: 'make the-data' })).toMatch(/; make the-data$/);
});

it('what is there, and wrong, is told without it', async () => {
  writeFileSync(join(folder, 'is-there.csv'), 'x,y\n1,a\n2,b\n');
  expect(await refusal({ type: 'table', path: 'is-there.csv', target: 'z', obtain: 'make the-data' })).not.toContain('make');
});
