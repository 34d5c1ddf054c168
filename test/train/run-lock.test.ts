import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockRun } from '../../src/train/run-lock.js';
import { temporaryFolder, userErrorFrom } from '../files/temporary-folder.js';

describe('the lock of a run', () => {
  it('is a file that names the process, and goes when it is released', () => {
    const folder = temporaryFolder();
    const lock = lockRun(folder);
    expect(readFileSync(join(folder, 'lock'), 'utf8')).toBe(`${process.pid} ${hostname()}\n`);
    lock.release();
    expect(existsSync(join(folder, 'lock'))).toBe(false);
  });

  it.each([
    ['another process of this machine', `${process.ppid} ${hostname()}\n`],
    ['another machine', '1 elsewhere\n'],
  ])('is not taken from %s', (_, content) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'lock'), content);
    const [pid, host] = content.trim().split(' ');
    const error = userErrorFrom(() => lockRun(folder));
    expect(error.message).toBe(`${folder} is in use: process ${pid} on ${host} trains in it`);
    expect(error.hint).toContain(`delete ${join(folder, 'lock')}`);
    expect(readFileSync(join(folder, 'lock'), 'utf8')).toBe(content);
  });

  it.each([
    ['a process that has ended', `999999999 ${hostname()}\n`],
    ['a process whose number is ours now', `${process.pid} ${hostname()}\n`],
    ['a process that was killed while it wrote', ''],
  ])('is taken over from %s', (_, content) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'lock'), content);
    lockRun(folder).release();
    expect(existsSync(join(folder, 'lock'))).toBe(false);
  });
});
