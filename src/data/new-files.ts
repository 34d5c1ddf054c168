import { statSync } from 'node:fs';
import { extname } from 'node:path';
import { UserError } from '../errors.js';
import { type FileKinds, filesBelow } from './class-folders.js';
import type { FileWithTarget } from './labelled-files.js';
import type { Skipped } from './skipped.js';

/**
 * The files that paths name, and those of their kind in the folders that they name.
 * @param bad takes what cannot be read
 * @throws UserError where a path does not exist, or nothing is found
 */
export function listNewFiles(paths: readonly string[], kinds: FileKinds, bad: Skipped): FileWithTarget[] {
  const files = paths.flatMap((path): FileWithTarget[] => {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isDirectory()) return filesBelow(path, kinds, bad).map((file) => ({ ...file, label: null }));
    if (stats === undefined) throw new UserError(`${path} does not exist`, { exit: 'usage' });
    if (kinds.unreadable.includes(extname(path).toLowerCase())) {
      bad.add(path, `is of a kind that is not read (${extname(path)})`, {
        hint: `convert it, for example to ${kinds.endings[0]}`,
      });
      return [];
    }
    return [{ path, name: path, size: stats.size, modified: stats.mtimeMs, label: null }];
  });
  if (files.length === 0) {
    throw new UserError(`${paths.join(', ')}: there are no ${kinds.called} that can be read`, {
      hint: `they end with ${kinds.endings.join(', ')}`,
      exit: 'usage',
    });
  }
  return files;
}

/** What is called for when all that was named has been left out. */
export function requireRecords(count: number, notes: readonly string[], called: string): void {
  if (count > 0) return;
  if (notes.length === 0) throw new UserError(`there are no ${called}`, { exit: 'usage' });
  throw new UserError(`none of the ${called} can be read`, { hint: notes.join('\n'), exit: 'usage' });
}
