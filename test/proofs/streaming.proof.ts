import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { peakOf } from './peak-memory.js';

const folder = mkdtempSync(join(tmpdir(), 'nn-streaming-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Generated sets that no memory need hold: records are made while they are read. */
describe.skipIf(process.platform !== 'linux')('a generated set', () => {
  const config = (name: string, dataset: string, rest: readonly string[]): string => {
    const path = join(folder, `${name}.yaml`);
    writeFileSync(path, ['version: 1', `name: ${name}`, 'data:', `  dataset: ${dataset}`, ...rest, ''].join('\n'));
    return path;
  };
  const train = (path: string, ...more: string[]) =>
    peakOf(['train', path, '--device', 'cpu', '--runs', join(folder, 'runs'), '--quiet', ...more]);
  const classifier = ['model: [{ type: dense, units: 10 }]', 'loss: cross_entropy', 'metrics: [accuracy]'];

  // 1,310,720 records of 1024 numbers are 5.4 GB; all of them are learnt from.
  it('of 5.4 GB trains in less than 600 MB', async () => {
    const dataset = '{ type: synthetic, task: blobs, features: 1024, classes: 10, noise: 1, examples: 1310720 }';
    const rest = ['  batch_size: 512', ...classifier, 'expect: { test_accuracy: { min: 0.99 } }'];
    const peak = await train(config('large', dataset, rest));
    console.log(`5.4 GB: ${peak.toFixed(0)} MB at most`);
    expect(peak).toBeLessThan(600);
  });

  // What grows with the records is their numbers, four bytes each, and while some are held out a byte more.
  it('of 30,000,000 records, some held out, trains in less than 600 MB', async () => {
    const dataset = '{ type: synthetic, task: blobs, features: 50, classes: 10, examples: 30000000, test_examples: 1000 }';
    const rest = ['  batch_size: 256', '  validation: 20000', ...classifier];
    const peak = await train(config('many', dataset, rest), '--limit-batches', '300');
    console.log(`30,000,000 records: ${peak.toFixed(0)} MB at most`);
    expect(peak).toBeLessThan(600);
  });
});
