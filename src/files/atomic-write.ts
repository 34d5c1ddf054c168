import { closeSync, existsSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { fileError, systemErrorCode } from './file-error.js';

/** One call writes at most this many bytes: the system accepts no more than 2 GiB at once. */
const largestWrite = 2 ** 30;

/** Writes all of `bytes`: the system may take only a part of them in one call. */
export function writeFully(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(fd, bytes, done, Math.min(bytes.length - done, largestWrite));
  }
}

/** The temporary name of a file: hidden, in the same folder (a rename is atomic only there), and this thread's own. */
function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}-${threadId}.tmp`);
}

/** Makes a rename in this folder survive a power cut, where the system has a way to ask for it. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return; // Windows opens no folders.
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } catch (error) {
    // Some file systems (network and FUSE mounts) cannot sync a folder; the file itself is synced already.
    if (!['EINVAL', 'EPERM', 'ENOTSUP', 'ENOSYS', 'EBADF'].includes(systemErrorCode(error) ?? '')) throw error;
  } finally {
    closeSync(fd);
  }
}

/**
 * Writes a file so that `path` always holds either the whole older content or the whole new one, through a crash or a power
 * cut too: a temporary file in the same folder is written, synced and renamed over `path`, and the folder is synced.
 * Synchronous, as it runs between two training steps.
 *
 * @param chunks the content, in order; no chunk is copied
 * @throws UserError if it cannot be written. The temporary file is removed and the older file is untouched.
 */
export function writeFileAtomically(path: string, chunks: readonly Uint8Array[]): void {
  const temporary = temporaryName(path);
  const note = existsSync(path) ? 'The earlier file is unchanged.' : undefined;
  let renamed = false;
  try {
    const fd = openSync(temporary, 'w');
    try {
      for (const chunk of chunks) writeFully(fd, chunk);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
    renamed = true;
    syncFolder(dirname(path));
  } catch (error) {
    if (!renamed) removeQuietly(temporary);
    throw fileError('write', path, error, renamed ? undefined : note);
  }
}

/** Removes the temporary file; why the write failed matters more than a failure here. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // For example: its folder has gone.
  }
}

/**
 * Removes what `writeFileAtomically` leaves in a folder when its process is killed half-way. Only for a folder that no other
 * process is writing to, as when a run is resumed.
 */
export function removeTemporaryFiles(folder: string): void {
  try {
    for (const name of readdirSync(folder)) {
      if (/^\..+\.\d+-\d+\.tmp$/.test(name)) rmSync(join(folder, name), { force: true });
    }
  } catch (error) {
    throw fileError('clean up', folder, error);
  }
}
