import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { collectEnvironment } from '../../src/files/environment.js';
import { writeJsonFile, readJsonFile } from '../../src/files/json-file.js';
import { temporaryFolder } from './temporary-folder.js';

afterEach(() => vi.unstubAllEnvs());

describe('collectEnvironment', () => {
  it('names versions and the machine, and takes what the caller adds', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
    const found = collectEnvironment({ seed: 42, data: { train: 'md5:00' } });
    expect(found.versions).toEqual({ nn: version, node: process.versions.node, v8: process.versions.v8 });
    expect(found.system.platform).toBe(process.platform);
    expect(found.cpu.model).not.toBe('');
    expect(found.cpu.cores).toBeGreaterThan(0);
    expect(found.memory_bytes).toBeGreaterThan(2 ** 20);
    expect(found).toMatchObject({ seed: 42, data: { train: 'md5:00' } });
    const path = join(temporaryFolder(), 'environment.json');
    writeJsonFile(path, found);
    expect(readJsonFile(path)).toEqual(found);
  });

  it('gives the commit and whether files differ from it', () => {
    const folder = temporaryFolder();
    const git = (...args: string[]): string =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: folder, encoding: 'utf8' }).trim();
    git('init', '--quiet');
    writeFileSync(join(folder, 'a'), '1');
    git('add', 'a');
    git('commit', '--quiet', '--message', 'a');
    const commit = git('rev-parse', 'HEAD');
    expect(collectEnvironment({}, folder).git).toEqual({ commit, modified: false });
    writeFileSync(join(folder, 'a'), '2');
    expect(collectEnvironment({}, folder).git).toEqual({ commit, modified: true });
  });

  it('gives null outside a repository, before the first commit, and without git', () => {
    const folder = temporaryFolder();
    expect(collectEnvironment({}, folder).git).toBeNull();
    execFileSync('git', ['init', '--quiet'], { cwd: folder });
    expect(collectEnvironment({}, folder).git).toBeNull();
    vi.stubEnv('PATH', '');
    expect(collectEnvironment({}).git).toBeNull();
  });
});
