import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRun, newestRun, openRun, runPaths } from '../../src/files/run-folder.js';
import { experimentSchema } from '../../src/spec/experiment.js';
import { start } from './child-process.js';
import { temporaryFolder, userErrorFrom } from './temporary-folder.js';

describe('createRun', () => {
  it('numbers runs of one name', () => {
    const root = join(temporaryFolder(), 'runs');
    const folders = ['mnist', 'mnist', 'mnist-cnn', 'mnist'].map((name) => relative(root, createRun({ root, name }).folder));
    expect(folders).toEqual(['mnist-001', 'mnist-002', 'mnist-cnn-001', 'mnist-003']);
  });

  it('goes on after the highest number, also beyond 999', () => {
    const root = temporaryFolder();
    for (const name of ['a-007', 'a-999', 'a-old', 'b-1000']) mkdirSync(join(root, name));
    expect(createRun({ root, name: 'a' }).folder).toBe(join(root, 'a-1000'));
    expect(createRun({ root, name: 'a' }).folder).toBe(join(root, 'a-1001'));
  });

  it('lays out the folder', () => {
    const root = temporaryFolder();
    const { folder, created } = createRun({ root, name: 'mnist' });
    expect(readdirSync(folder).sort()).toEqual(['checkpoints', 'run.json']);
    expect(JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'))).toEqual({ layout_version: 1, name: 'mnist', created });
    expect(Object.values(runPaths(folder)).map((path) => relative(folder, path))).toEqual([
      'run.json',
      'config.yaml',
      'environment.json',
      'data.json',
      'metrics.jsonl',
      'summary.json',
      'checkpoints',
      'checkpoints/last.safetensors',
      'checkpoints/best.safetensors',
    ]);
  });

  it('uses exactly the directory it is given', () => {
    const directory = join(temporaryFolder(), 'deep', 'er');
    expect(createRun({ name: 'mnist', directory }).folder).toBe(directory);
    expect(openRun(directory).name).toBe('mnist');
  });

  it('never overwrites a run, nor an empty folder', () => {
    const root = temporaryFolder();
    const directory = createRun({ root, name: 'a' }).folder;
    writeFileSync(runPaths(directory).metrics, 'kept');
    const error = userErrorFrom(() => createRun({ name: 'a', directory }));
    expect(error.message).toBe(`${directory} exists already, and a run is never overwritten`);
    expect(error.hint).toContain(`--resume ${directory}`);
    expect(error.exit).toBe('usage');
    expect(readFileSync(runPaths(directory).metrics, 'utf8')).toBe('kept');
    expect(userErrorFrom(() => createRun({ name: 'a', directory: root })).hint).not.toContain('--resume');
  });

  it.each(['/proc/nn-test', 'under a file'])('says that the folder cannot be written: %s', (where) => {
    let root = where;
    if (!where.startsWith('/')) {
      root = join(temporaryFolder(), 'file');
      writeFileSync(root, '');
    }
    for (const make of [() => createRun({ root, name: 'a' }), () => createRun({ name: 'a', directory: join(root, 'a') })]) {
      const error = userErrorFrom(make);
      expect(error.message).toMatch(/^cannot create (a|the) run folder (in )?.*: [a-z ,]+$/);
      expect(error.message).toContain(root);
      expect(error.message).not.toMatch(/answered/);
      expect(error.hint).toBeDefined();
    }
  });

  it.each(['', '.', '..', 'a/b', 'a\\b', '-a', 'a\n', 'a:b', 'a.'])('refuses the name %j', (name) => {
    const root = temporaryFolder();
    expect(userErrorFrom(() => createRun({ root, name })).message).toMatch(/cannot name a run/);
    expect(readdirSync(root)).toEqual([]);
  });

  it('takes every name that a config may have', () => {
    const root = temporaryFolder();
    const { name: schema } = experimentSchema.shape;
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,9}$/), (name) => {
        if (schema.safeParse(name).success) expect(relative(root, createRun({ root, name }).folder)).toBe(`${name}-001`);
        else expect(userErrorFrom(() => createRun({ root, name })).message).toMatch(/cannot name a run/);
        for (const made of readdirSync(root)) rmSync(join(root, made), { recursive: true });
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('gives processes that start at once a folder each', async () => {
    const root = temporaryFolder();
    const script = `for (let i = 0; i < 20; i++) createRun({ root: ${JSON.stringify(root)}, name: 'a' });`;
    await Promise.all([1, 2, 3].map(() => new Promise((resolve) => start(script).on('exit', resolve))));
    expect(readdirSync(root)).toHaveLength(60);
  });
});

describe('openRun', () => {
  it('opens what createRun made', () => {
    const run = createRun({ root: temporaryFolder(), name: 'a' });
    expect(openRun(run.folder)).toEqual(run);
  });

  it('names the runs there are when the folder is missing', () => {
    const root = temporaryFolder();
    expect(userErrorFrom(() => openRun(join(root, 'none', 'a'))).hint).toMatch(/No run was found/);
    expect(userErrorFrom(() => openRun('none')).hint).toMatch(/No run was found in this folder;/);
    const { folder } = createRun({ root, name: 'a' });
    const error = userErrorFrom(() => openRun(join(root, 'a-01')));
    expect(error.message).toContain('there is no run folder');
    expect(error.hint).toContain(folder);
  });

  it('refuses what is no run, another layout and a damaged run.json', () => {
    const folder = temporaryFolder();
    expect(userErrorFrom(() => openRun(folder)).message).toMatch(/is not a run folder: it has no run\.json/);
    const path = join(folder, 'run.json');
    writeFileSync(path, '{"layout_version":2,"name":"a","created":""}');
    expect(userErrorFrom(() => openRun(folder)).message).toBe(`${path} has layout_version 2, and this version reads 1`);
    writeFileSync(path, '{"layout_version":1,"created":""}');
    expect(userErrorFrom(() => openRun(folder)).message).toMatch(/has no name/);
    writeFileSync(path, '{"layout');
    expect(userErrorFrom(() => openRun(folder)).message).toMatch(/is not JSON/);
    writeFileSync(path, '[]');
    expect(userErrorFrom(() => openRun(folder)).message).toMatch(/holds a list/);
    expect(userErrorFrom(() => openRun(path)).message).toMatch(/is not a run folder/);
  });
});

describe('newestRun', () => {
  it('finds the highest number that is a run', () => {
    const root = temporaryFolder();
    expect(newestRun(join(root, 'none'), 'a')).toBeUndefined();
    for (let i = 0; i < 2; i++) createRun({ root, name: 'a' });
    createRun({ root, name: 'a-b' });
    mkdirSync(join(root, 'a-003'));
    expect(newestRun(root, 'a')!.folder).toBe(join(root, 'a-002'));
    expect(newestRun(root, 'b')).toBeUndefined();
    expect(existsSync(newestRun(root, 'a-b')!.paths.checkpoints)).toBe(true);
  });
});
