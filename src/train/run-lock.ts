import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../errors.js';
import { fileError, systemErrorCode } from '../files/file-error.js';

/** Keeps other processes from training in the same run folder. */
export interface RunLock {
  release(): void;
}

/**
 * Takes a run folder for this process, by a file `lock` in it that names the machine and the process. What a killed process left is
 * taken over. Two processes that take over at the same instant are not told apart: a slip of the hand is what this is against.
 * @throws UserError if another process trains there
 */
export function lockRun(folder: string): RunLock {
  const path = join(folder, 'lock');
  const own = `${process.pid} ${hostname()}\n`;
  for (let attempt = 0; ; attempt++) {
    try {
      const fd = openSync(path, 'wx');
      try {
        writeSync(fd, own);
      } catch (error) {
        rmSync(path, { force: true }); // An empty lock names nobody.
        throw error;
      } finally {
        closeSync(fd);
      }
      return { release: () => rmSync(path, { force: true }) };
    } catch (error) {
      if (systemErrorCode(error) !== 'EEXIST') throw fileError('create', path, error);
    }
    const [pid, host] = readFileSync(path, 'utf8').trim().split(' ');
    if (attempt > 0 || (host !== undefined && (host !== hostname() || isAlive(Number(pid))))) {
      throw new UserError(`${folder} is in use: process ${pid} on ${host} trains in it`, {
        hint: `Wait for it or stop it. If there is no such process, delete ${path}.`,
        exit: 'usage',
      });
    }
    rmSync(path, { force: true });
  }
}

/** Whether a process of this machine lives. Our own number is one that a process before us had: numbers come again in containers. */
function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === 'EPERM';
  }
}
