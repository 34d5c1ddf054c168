import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { npyBytes } from '../data/npy-files.js';
import { peakOf } from './peak-memory.js';

const folder = mkdtempSync(join(tmpdir(), 'nn-large-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Trains for an epoch. Returns the peak of memory, and what came of the test; less accuracy than `least` is an error of its own. */
async function train(name: string, dataset: string, rest: string, least: number): Promise<{ peak: number; metrics: object }> {
  const path = join(folder, `${name}.yaml`);
  writeFileSync(
    path,
    `version: 1
name: ${name}
data:
  dataset: ${dataset}
  batch_size: 512
  validation: 0.05
model: [${rest}]
loss: cross_entropy
metrics: [accuracy]
train: { epochs: 1 }
expect: { test_accuracy: { min: ${least} } }
`,
  );
  const runs = join(folder, 'runs');
  const peak = await peakOf(['train', path, '--device', 'cpu', '--runs', runs, '--quiet']);
  const { metrics } = JSON.parse(readFileSync(join(runs, `${name}-001`, 'summary.json'), 'utf8')) as { metrics: object };
  console.log(`${name}: ${peak.toFixed(0)} MB at most`);
  return { peak, metrics };
}

/** A number of 32 bits that looks as if it were drawn. */
const mixed = (i: number): number => {
  const x = Math.imul(i ^ (i >>> 16), 0x45d9f3b);
  const y = Math.imul(x ^ (x >>> 16), 0x45d9f3b);
  return (y ^ (y >>> 16)) >>> 0;
};

describe.skipIf(process.platform !== 'linux')('a file that is large', () => {
  it('as a CSV of 2,000,000 rows trains in less than 600 MB, with its rows in memory or in a file', async () => {
    const file = openSync(join(folder, 'rows.csv'), 'w');
    writeSync(file, 'a,b,place,colour,larger\n');
    for (let row = 0; row < 2_000_000; row += 10_000) {
      const lines = Array.from({ length: 10_000 }, (_, i) => {
        const [a, b] = [mixed(2 * (row + i)) % 100_000, mixed(2 * (row + i) + 1) % 100_000];
        return `${a / 1000},${b / 1000},${row + i},${['red', 'green', 'blue'][i % 3]},${a > b ? 'a' : 'b'}\n`;
      });
      writeSync(file, lines.join(''));
    }
    closeSync(file);
    const model = '{ type: dense, units: 16, activation: relu }, { type: dense, units: 2 }';
    const held = await train('rows', '{ type: table, path: rows.csv, target: larger }', model, 0.98);
    // Six 32-bit numbers of each row are 48 MB.
    const filed = await train('rows-filed', '{ type: table, path: rows.csv, target: larger, memory_mb: 16 }', model, 0.98);
    expect(held.peak).toBeLessThan(600);
    expect(filed.peak).toBeLessThan(600);
    expect(Object.keys(held.metrics)).toEqual(['test_loss', 'test_accuracy']);
    expect(filed.metrics).toEqual(held.metrics);
  });

  // 65,536 records of 4096 numbers are 1.07 GB, of which most are zeros that take no room on the disk.
  it('as an array of 1 GB trains in less than 600 MB', async () => {
    const [records, size] = [2 ** 16, 2 ** 12];
    const classes = Uint8Array.from({ length: records }, (_, i) => mixed(i) & 1);
    const header = npyBytes({ shape: [records, size] }, new Uint8Array());
    const file = openSync(join(folder, 'x.npy'), 'w');
    writeSync(file, header);
    ftruncateSync(file, header.length + 4 * records * size);
    const values = new Float32Array(2);
    for (let record = 0; record < records; record++) {
      values.set([classes[record]! === 1 ? 1 : -1, record / records]);
      writeSync(file, values, 0, 8, header.length + 4 * record * size);
    }
    closeSync(file);
    writeFileSync(join(folder, 'y.npy'), npyBytes({ descr: '|u1', shape: [records] }, classes));
    const { peak } = await train('array', '{ type: arrays, inputs: x.npy, targets: y.npy }', '{ type: dense, units: 2 }', 0.99);
    expect(peak).toBeLessThan(600);
  });
});
