import { readdirSync, realpathSync, statSync } from 'node:fs';
import { extname, join, sep } from 'node:path';
import type { Skipped } from './skipped.js';

/** A file as it was when it was listed. */
export interface ListedFile {
  readonly path: string;
  /** For people: from the folder that was listed, with slashes. */
  readonly name: string;
  readonly size: number;
  /** When it was last written, in milliseconds. */
  readonly modified: number;
}

/** A file, and the folder that says what it shows. */
export interface LabelledFile extends ListedFile {
  readonly label: string;
}

export interface FileKinds {
  /** What names of wanted files end with, in small letters: `.png`. */
  readonly endings: readonly string[];
  /** What ends like a file of this sort that cannot be read: it is told instead of being passed over. */
  readonly unreadable: readonly string[];
  /** What such files are called: `pictures`. */
  readonly called: string;
}

/** Names in one order on every machine. */
const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const endingOf = (name: string): string => extname(name).toLowerCase();

/** Hidden files and what systems leave behind. */
const isHidden = (name: string): boolean => name.startsWith('.') || name === '__MACOSX';

/**
 * The files of a folder of folders, each folder a class. Folders in them are read too, and links followed; hidden files are not.
 * @param bad takes what is wrong: files outside the folders, links in a circle or to nothing, folders without a file
 * @param requireAll whether a folder without a file is wrong
 * @returns the files, sorted by their names, and how many others there are by what their names end with
 */
export function listClassFolders(
  folder: string,
  kinds: FileKinds,
  bad: Skipped,
  requireAll: boolean,
): { files: LabelledFile[]; others: Map<string, number> } {
  const files: LabelledFile[] = [];
  const others = new Map<string, number>();
  const walk = new Walk(folder, kinds, bad, others);
  for (const name of walk.namesIn(folder, '')) {
    const entry = walk.look(folder, name, '', [realpathSync(folder)]);
    if (entry === undefined) continue;
    if (entry.kind === 'file') {
      bad.add(join(folder, name), 'lies in no folder of a class', { hint: 'put it into one' });
      continue;
    }
    const found = [...walk.below(entry.path, `${name}/`, entry.ancestors)];
    // The same letters may be written in two ways, and file systems differ in which they take.
    for (const file of found) files.push({ ...file, label: name.normalize('NFC') });
    if (found.length === 0 && requireAll) {
      bad.add(join(folder, name), `is a class without ${kinds.called}`, {
        hint: `files end with ${kinds.endings.join(', ')}; remove the folder or fill it`,
      });
    }
  }
  return { files, others };
}

/** All files of a kind in a folder and in those below it, named from the folder's path. Others are passed over. */
export function filesBelow(folder: string, kinds: FileKinds, bad: Skipped): ListedFile[] {
  const found = [...new Walk(folder, kinds, bad, new Map()).below(folder, '', [realpathSync(folder)])];
  return found.map((file) => ({ ...file, name: join(folder, file.name) }));
}

/** The folders in a folder, without hidden ones. */
export const foldersIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => !isHidden(name) && statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory())
    .sort(byName);

interface FoundFolder {
  readonly kind: 'folder';
  readonly path: string;
  /** The real paths of the folders that it lies in, and its own. */
  readonly ancestors: readonly string[];
}

class Walk {
  private readonly root: string;
  private readonly kinds: FileKinds;
  private readonly bad: Skipped;
  private readonly others: Map<string, number>;

  constructor(root: string, kinds: FileKinds, bad: Skipped, others: Map<string, number>) {
    this.root = root;
    this.kinds = kinds;
    this.bad = bad;
    this.others = others;
  }

  namesIn(folder: string, name: string): string[] {
    try {
      return readdirSync(folder)
        .filter((entry) => !isHidden(entry))
        .sort(byName);
    } catch (error) {
      this.bad.add(join(this.root, name), `cannot be read: ${(error as Error).message}`);
      return [];
    }
  }

  *below(folder: string, name: string, ancestors: readonly string[]): Generator<ListedFile> {
    for (const entry of this.namesIn(folder, name)) {
      const found = this.look(folder, entry, name, ancestors);
      if (found?.kind === 'file') yield found.file;
      else if (found !== undefined) yield* this.below(found.path, `${name}${entry}/`, found.ancestors);
    }
  }

  /** What a name stands for, or nothing where it is not wanted. */
  look(
    folder: string,
    entry: string,
    prefix: string,
    ancestors: readonly string[],
  ): { kind: 'file'; file: ListedFile } | FoundFolder | undefined {
    const path = join(folder, entry);
    let real: string;
    let stats;
    try {
      real = realpathSync(path);
      stats = statSync(path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const reason = code === 'ELOOP' ? 'is a link to itself' : code === 'ENOENT' ? 'is a link to nothing' : 'cannot be read';
      this.bad.add(path, reason);
      return undefined;
    }
    if (stats.isDirectory()) {
      if (ancestors.some((one) => one === real || one.startsWith(real.endsWith(sep) ? real : real + sep))) {
        this.bad.add(path, 'is a link to a folder that it lies in');
        return undefined;
      }
      return { kind: 'folder', path, ancestors: [...ancestors, real] };
    }
    const ending = endingOf(entry);
    if (this.kinds.unreadable.includes(ending)) {
      this.bad.add(path, `is of a kind that is not read (${ending})`, {
        hint: `convert it, for example to ${this.kinds.endings[0]}`,
      });
    } else if (!this.kinds.endings.includes(ending)) this.others.set(ending, (this.others.get(ending) ?? 0) + 1);
    else if (!stats.isFile()) this.bad.add(path, 'is no file');
    else return { kind: 'file', file: { path, name: prefix + entry, size: stats.size, modified: stats.mtimeMs } };
    return undefined;
  }
}
