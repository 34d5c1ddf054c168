import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { MetricsRow } from '../../src/files/metrics-log.js';
import { nnOk, project } from './nn.js';
import { lastProgress, sharedFolder, timelessRows } from './runs.js';

const folder = sharedFolder();
const fixture = join(project, 'test/fixtures/files/run-0.1');

/** A run that version 0.1.0 was killed in, in the middle of its third epoch. Its data lie where they lie here. */
function earlierRun(name: string): string {
  const run = join(folder, name);
  cpSync(fixture, run, { recursive: true });
  const environment = join(run, 'environment.json');
  const paths = { config_file: join(project, 'configs/smoke.yaml'), config_folder: join(project, 'configs') };
  writeFileSync(environment, JSON.stringify({ ...(JSON.parse(readFileSync(environment, 'utf8')) as object), ...paths }));
  return run;
}

describe('a run of version 0.1', { timeout: 30_000 }, () => {
  it('goes on as that version went on with it', async () => {
    const run = earlierRun('resumed');
    expect(lastProgress(run)).toMatchObject({ epoch: 2, stepInEpoch: 3, step: 35 });
    await nnOk(['train', '--resume', run, '--device', 'cpu']);
    const lines = readFileSync(join(fixture, 'went-on.jsonl'), 'utf8').trim().split('\n');
    const expected = lines.map((line) => JSON.parse(line) as MetricsRow);
    const found = timelessRows(run).slice(-expected.length);
    expect(found.map(({ kind, step }) => [kind, step])).toEqual(expected.map(({ kind, step }) => [kind, step]));
    expected.forEach((row, i) => {
      expect(Object.keys(found[i]!).sort()).toEqual(Object.keys(row).sort());
      for (const [name, value] of Object.entries(row)) {
        if (typeof value === 'number') expect(found[i]![name], `${name} of step ${row.step}`).toBeCloseTo(value, 4);
      }
    });
  });

  it('is evaluated by its best checkpoint', async () => {
    const { stdout } = await nnOk(['eval', earlierRun('evaluated'), '--device', 'cpu']);
    expect(stdout).toContain('the best checkpoint (epoch 2, val_loss 2.782) on 200 test records');
  });
});
