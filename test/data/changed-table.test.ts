import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type * as provenance from '../../src/data/provenance.js';
import { readTable } from '../../src/data/table.js';
import { temporaryFolder, userError } from './idx-files.js';

const folder = temporaryFolder();

/** What another program does to a file while its checksum is made. */
const elsewhere = vi.hoisted(() => ({ happens: (): void => undefined }));
afterEach(() => (elsewhere.happens = () => undefined));
vi.mock('../../src/data/provenance.js', async (original) => {
  const module = await original<typeof provenance>();
  return {
    ...module,
    md5OfFile(path: string) {
      const md5 = module.md5OfFile(path);
      elsewhere.happens();
      return md5;
    },
  };
});

describe('a file that changes while it is read is refused', () => {
  it.each(['csv', 'jsonl'])('between its checksum and its rows (%s)', async (ending) => {
    const path = join(folder, `some.${ending}`);
    const row = ending === 'csv' ? '1,2\n' : '{"a":1}\n';
    writeFileSync(path, ending === 'csv' ? `a,b\n${row}` : row);
    expect((await readTable([path])).length).toBe(1);
    elsewhere.happens = () => appendFileSync(path, row);
    expect((await userError(() => readTable([path]))).message).toBe(`${path} changed while it was read`);
  });

  it('as lines that are rows are copied', async () => {
    const path = join(folder, 'ragged.csv');
    writeFileSync(path, 'a,b\n1,2\n3\n');
    const skipped = (): void => appendFileSync(path, '4,5\n');
    expect((await userError(() => readTable([path], { skipped }))).message).toBe(`${path} changed while it was read`);
  });

  it('or is replaced by another one', async () => {
    const path = join(folder, 'gone.csv');
    writeFileSync(path, 'a,b\n1,2\n');
    writeFileSync(`${path}.new`, 'a,b\n7,8\n');
    elsewhere.happens = () => renameSync(`${path}.new`, path);
    expect((await userError(() => readTable([path]))).message).toBe(`${path} changed while it was read`);
  });
});
