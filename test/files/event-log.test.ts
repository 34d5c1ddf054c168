import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EventLog } from '../../src/files/event-log.js';
import { runUnder } from './child-process.js';
import { readEventFile } from './event-file.js';
import { temporaryFolder, userErrorFrom } from './temporary-folder.js';

describe('EventLog', () => {
  it('names its file as TensorBoard expects', () => {
    const log = new EventLog(temporaryFolder());
    log.close();
    expect(basename(log.path)).toMatch(/^events\.out\.tfevents\.\d{10}\.\S+\.\d+\.\d+$/);
    expect(basename(log.path)).toContain(`.${hostname()}.${process.pid}.`);
  });

  it('starts with the file version and a session start', () => {
    const log = new EventLog(temporaryFolder());
    log.close();
    const [version, session, ...rest] = readEventFile(log.path);
    expect(version).toMatchObject({ fileVersion: 'brain.Event:2', step: 0 });
    expect(version!.wallTime).toBeCloseTo(Date.now() / 1000, -1);
    expect(session).toMatchObject({ sessionStatus: 1, step: 0 });
    expect(rest).toEqual([]);
  });

  it('writes scalars, the plugin with the first of each tag', () => {
    const log = new EventLog(temporaryFolder());
    log.scalar('loss', 0.1, 1, 1234.5);
    log.scalars({ loss: -2, accuracy: NaN }, 2 ** 40);
    log.scalars({}, 3);
    log.close();
    const [first, second, ...rest] = readEventFile(log.path).slice(2);
    expect(first).toEqual({ wallTime: 1234.5, step: 1, values: [{ tag: 'loss', value: Math.fround(0.1), plugin: 'scalars' }] });
    expect(second).toMatchObject({ step: 2 ** 40 });
    expect(second!.values).toEqual([
      { tag: 'loss', value: -2 },
      { tag: 'accuracy', value: NaN, plugin: 'scalars' },
    ]);
    expect(rest).toEqual([]);
  });

  it('writes what is waiting on flush, and by itself when much is waiting', () => {
    const log = new EventLog(temporaryFolder());
    const empty = statSync(log.path).size;
    log.scalar('loss', 1, 1);
    expect(statSync(log.path).size).toBe(empty);
    log.flush();
    expect(readEventFile(log.path)).toHaveLength(3);
    for (let step = 2; step <= 5000; step++) log.scalar('loss', 1, step);
    expect(readEventFile(log.path).length).toBeGreaterThan(3000);
    log.close();
    log.close();
    expect(readEventFile(log.path)).toHaveLength(2 + 5000);
  });

  it('starts a file that sorts after the earlier ones, with the step it continues from', () => {
    const folder = temporaryFolder();
    const logs = [0, 11, 21].map((startStep) => new EventLog(folder, { startStep }));
    for (const log of logs) log.close();
    expect(readdirSync(folder).sort()).toEqual(logs.map((log) => basename(log.path)));
    expect(readEventFile(logs[2]!.path)[1]).toMatchObject({ sessionStatus: 1, step: 21 });
  });

  it('says that its folder cannot be written', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    expect(userErrorFrom(() => new EventLog(join(folder, 'none'))).message).toMatch(/cannot create an event file in .*: no such/);
    expect(userErrorFrom(() => new EventLog(join(folder, 'file'))).message).toMatch(/a part of the path is a file/);
  });

  it('survives a full disk: the file ends with a whole record', () => {
    const folder = temporaryFolder();
    const { stdout } = runUnder(
      'ulimit -f 8',
      `const log = new EventLog(${JSON.stringify(folder)});
      try { for (let step = 0; ; step++) { log.scalar('loss', step, step); if (step % 7 === 0) log.flush(); } }
      catch (error) { console.log(error.name, error.message); log.close(); }`,
    );
    expect(stdout).toMatch(
      /^UserError cannot write .*events\.out\.tfevents\..*: the file would be larger than this system allows\n$/,
    );
    const events = readEventFile(join(folder, readdirSync(folder)[0]!));
    expect(events.length).toBeGreaterThan(20);
    expect(events.at(-1)!.step).toBe(events.length - 3);
  });
});
