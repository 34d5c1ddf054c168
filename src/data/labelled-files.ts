import { createHash } from 'node:crypto';
import { type Stats, closeSync, openSync, readSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type FileKinds, type LabelledFile, type ListedFile, foldersIn, listClassFolders } from './class-folders.js';
import { textKey } from './content-keys.js';
import { DatasetError } from './dataset-error.js';
import { categoriesOf, listOf, shown } from './categories.js';
import { locateFiles, resolvePath } from './locate.js';
import { md5OfFile } from './provenance.js';
import { Skipped } from './skipped.js';
import { type Cut, SplitError, type Splitter, byChance } from './split.js';
import { splitColumn } from './split-column.js';
import { type Table, readTable } from './table.js';
import { type Cell, type TableColumn, columnOf } from './table-column.js';

/** What sort of files is wanted. */
export interface WantedFiles extends FileKinds {
  /** What one is called: `picture`. */
  readonly one: string;
  /** The option that says which column of a table has their paths, and what that column is called by default: `image`. */
  readonly column: string;
}

export interface ListingOptions {
  readonly wanted: WantedFiles;
  readonly path: string;
  /** The part that is held out, or where it lies. */
  readonly test?: number | string | undefined;
  readonly seed: number;
  /** How files are parted; by default at random. */
  readonly splitter?: Splitter | undefined;
  readonly onError: 'fail' | 'skip';
  /** What a model knows: classes in their order, or that labels are numbers. */
  readonly fitted?: { readonly classes: readonly string[] | null } | undefined;
  /** For tables. */
  readonly table?: string | undefined;
  readonly query?: string | undefined;
  readonly pathColumn?: string | undefined;
  readonly target?: { readonly column: string; readonly type?: 'class' | 'numeric' | undefined } | undefined;
  /**
   * What a column that is to be told holds, where nobody says.
   * @throws DatasetError if it could be either
   */
  readonly guess: (table: Table, target: { column: string; path: readonly string[] }) => 'class' | 'numeric';
}

/** A file, and what it is compared with: the name of a class, or a number. */
export interface FileWithTarget extends ListedFile {
  readonly label: Cell;
  /** The group, the time or the class that it is split by, where the config asks for one. */
  readonly by?: Cell;
  /** Equal for equal contents, where that has been looked at. */
  readonly content?: string;
}

export interface Listing {
  readonly train: readonly FileWithTarget[];
  readonly test: readonly FileWithTarget[];
  /** The classes of the training part, or those that were fitted before; nothing where labels are numbers. */
  readonly classes: readonly string[] | undefined;
  /** What was left out so far. */
  readonly bad: Skipped;
  /** For people. */
  readonly remarks: readonly string[];
}

/** Files of one part, or of both before they are split. */
interface Found {
  readonly files: readonly FileWithTarget[];
  readonly isClass: boolean;
}

/**
 * Lists files and what is known of them without opening one, but for the few bytes that the split goes by.
 * @throws DatasetError if there are none, or something is wrong with a file and nothing is to be left out
 */
export async function listFiles(options: ListingOptions, folder: string): Promise<Listing> {
  const bad = new Skipped(options.onError);
  const remarks: string[] = [];
  const { path, test, wanted, splitter = byChance } = options;
  const list = async (from: string, key: 'path' | 'test', requireAll: boolean): Promise<Found> => {
    if (!isFolder(from, folder, key)) return listTable(from, folder, { ...options, splitter }, bad, key);
    requireFolderOptions(options);
    requireClassSplit(splitter, wanted);
    return listFolder(resolvePath(from, folder, [key]), wanted, bad, requireAll, remarks, key);
  };
  const parts = isFolder(path, folder, 'path') ? partsOf(resolvePath(path, folder), remarks) : undefined;
  if (parts !== undefined && test !== undefined) {
    throw new DatasetError(['test'], `${resolvePath(path, folder)} has the parts train and test already`, {
      hint: 'leave `test` out, or name the folder of the training part in `path`',
    });
  }
  const first = await list(parts?.train ?? path, 'path', true);
  const heldAt = parts?.test ?? (typeof test === 'string' ? test : undefined);
  const { train, test: held } =
    heldAt === undefined
      ? splitByContent(first.files, { part: typeof test === 'number' ? test : defaultTest, seed: options.seed, splitter, bad })
      : { train: first.files, test: (await list(heldAt, 'test', false)).files };
  const classes = first.isClass ? (options.fitted?.classes ?? categoriesOf(labelsOf(train))) : undefined;
  if (classes?.length === 1) {
    throw new DatasetError(
      ['path'],
      `all training ${wanted.called} are of the class "${classes[0]}": nothing can be learnt from them`,
    );
  }
  const known = knownClass(classes, wanted, bad);
  const listing = { train: train.filter(known), test: held.filter(known), classes, bad, remarks };
  for (const part of ['train', 'test'] as const) {
    if (listing[part].length > 0) continue;
    throw new DatasetError(
      [heldAt === undefined || parts !== undefined ? 'path' : part === 'train' ? 'path' : 'test'],
      `there is no ${wanted.one} in the ${part} part`,
      {
        hint: [
          heldAt === undefined ? `take more ${wanted.called}, another \`test\` or another \`seed\`` : 'put some there',
          ...(bad.first === '' ? [] : [`some were skipped, ${bad.first}`]),
        ].join('; '),
      },
    );
  }
  return listing;
}

const defaultTest = 0.2;
const labelsOf = (files: readonly FileWithTarget[]): TableColumn => columnOf(files.map(({ label }) => label));

const isFolder = (path: string, folder: string, key: 'path' | 'test'): boolean =>
  !path.includes('*') && statSync(resolvePath(path, folder, [key]), { throwIfNoEntry: false })?.isDirectory() === true;

function requireFolderOptions(options: ListingOptions): void {
  const { table, query, pathColumn, target, wanted } = options;
  for (const [key, value] of Object.entries({ table, query, [wanted.column]: pathColumn, target })) {
    if (value === undefined) continue;
    throw new DatasetError(
      [key],
      `\`${key}\` is for tables of ${wanted.called}, and ${options.path} is a folder, whose folders are the classes`,
    );
  }
}

/** Folders say of which class files are, and nothing else. */
function requireClassSplit({ plan: { type, column } }: Splitter, { called }: WantedFiles): void {
  if (column === undefined || column === 'target' || type === 'random' || type === 'index') return;
  throw new SplitError(
    ['column'],
    `${called} in folders have no "${column}" to split by`,
    `take a table of ${called} with such a column`,
  );
}

/** Names that say of which part a folder is, not of which class. */
const partNames = ['train', 'training', 'test', 'testing', 'val', 'valid', 'validation', 'dev', 'eval'];

/** The folders of the parts, where a folder has them. */
function partsOf(folder: string, remarks: string[]): { train: string; test: string } | undefined {
  const folders = foldersIn(folder);
  if (folders.includes('train') && folders.includes('test')) {
    const others = folders.filter((name) => name !== 'train' && name !== 'test');
    if (others.length > 0)
      remarks.push(`${folder}: ${listOf(others)} ${others.length === 1 ? 'is' : 'are'} not read, only train and test`);
    return { train: join(folder, 'train'), test: join(folder, 'test') };
  }
  if (folders.length > 0 && folders.every((name) => partNames.includes(name.toLowerCase()))) {
    throw new DatasetError(['path'], `${folder} has the folders ${listOf(folders)}, which look like parts and not like classes`, {
      hint: 'call them train and test, or name one in `path` and the other in `test`',
    });
  }
  return undefined;
}

function listFolder(
  folder: string,
  kinds: WantedFiles,
  bad: Skipped,
  requireAll: boolean,
  remarks: string[],
  key: 'path' | 'test',
): Found {
  const { files, others } = listClassFolders(folder, kinds, bad, requireAll);
  const count = [...others.values()].reduce((sum, n) => sum + n, 0);
  if (count > 0) {
    const list = listOf([...others].map(([ending, n]) => `${n} ${ending === '' ? 'without an ending' : ending}`));
    remarks.push(
      `${folder}: ${count} ${count === 1 ? 'file is' : 'files are'} not read, whose names are not those of ${kinds.called}: ${list}`,
    );
  }
  if (files.length === 0) {
    throw new DatasetError([key], `${folder} holds no ${kinds.called} in folders of classes`, {
      hint: `they end with ${kinds.endings.join(', ')}`,
    });
  }
  return { files: files.map((file: LabelledFile): FileWithTarget => ({ ...file, by: file.label })), isClass: true };
}

async function listTable(
  from: string,
  folder: string,
  options: ListingOptions & { splitter: Splitter },
  bad: Skipped,
  key: 'path' | 'test',
): Promise<Found> {
  const files = locateFiles(from, folder, [key]);
  const noRow = (line: string): void => {
    const [place = line, ...reason] = line.split(': ');
    bad.add(place, `is no row: ${reason.join(': ')}`);
  };
  const table = await readTable(files, { ...options, skipped: options.onError === 'skip' ? noRow : undefined });
  const column = (name: string, path: string): TableColumn => {
    const cells = table.columns.get(name);
    if (cells !== undefined) return cells;
    const names = [...table.columns.keys()];
    throw new DatasetError([path], `the table has no column "${name}"`, {
      hint: `it has ${listOf(names)}`,
      unknown: { word: name, names },
    });
  };
  const { wanted } = options;
  const { column: targetName, type } = options.target ?? { column: 'label' };
  const [paths, labels] = [column(options.pathColumn ?? wanted.column, wanted.column), column(targetName, 'target')];
  const known = options.fitted && (options.fitted.classes === null ? 'numeric' : 'class');
  const isClass = (known ?? type ?? options.guess(table, { column: targetName, path: ['target'] })) === 'class';
  const groups = splitColumn(table, options.splitter.plan, targetName);
  const found: FileWithTarget[] = [];
  for (let i = 0; i < table.length; i++) {
    const [named, label, row] = [paths.at(i), labels.at(i), `${table.nameOf(i)} of ${files[0]}`];
    if (named === null) bad.add(row, `names no ${wanted.one}`, { path: [wanted.column] });
    else if (label === null) bad.add(row, `has no ${targetName}`, { path: ['target'] });
    else if (!isClass && numberIn(label) === undefined) {
      bad.add(row, `has the ${targetName} ${shown(label)}, expected a ${typeof label === 'number' ? '32-bit ' : ''}number`, {
        path: ['target'],
      });
    } else {
      const path = resolve(dirname(files[0]!), String(named));
      const stats = statsOf(path);
      if (typeof stats === 'string')
        bad.add(path.length > longestShown ? `${path.slice(0, longestShown)}…` : path, `${stats} (${row})`, { path: [key] });
      else {
        const { size, mtimeMs: modified } = stats;
        const by = groups === undefined ? {} : { by: groups.at(i) };
        found.push({ path, name: String(named), size, modified, label: isClass ? String(label) : numberIn(label)!, ...by });
      }
    }
  }
  return { files: found, isClass };
}

/** The number of 32 bits that a cell is, also where words elsewhere in its column have made it a text. */
function numberIn(cell: Cell): number | undefined {
  const value = typeof cell === 'string' && cell.trim() !== '' ? Number(cell) : cell;
  return typeof value === 'number' && Number.isFinite(Math.fround(value)) ? value : undefined;
}

/** Characters of a path that are told. */
const longestShown = 500;

/** What is known of the file of a path, or why it is none. A cell may hold anything: a text, too long for a path, is none either. */
function statsOf(path: string): Stats | string {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return 'does not exist';
    return stats.isFile() ? stats : 'is no file';
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EACCES' ? 'may not be read' : 'is no path of a file';
  }
}

/**
 * Which files are for the test: each by its own content, so that a file more or less moves no other, and copies are on the same side.
 * @param bad takes those that cannot be read
 */
function splitByContent(
  found: readonly FileWithTarget[],
  { part, seed, splitter, bad }: { part: number; seed: number; splitter: Splitter; bad: Skipped },
): { train: FileWithTarget[]; test: FileWithTarget[] } {
  const files = found.flatMap((file) => {
    try {
      return [{ ...file, content: contentKey(file) }];
    } catch (error) {
      bad.add(file.path, `cannot be read: ${(error as Error).message}`);
      return [];
    }
  });
  const keys = Float64Array.from(files, ({ content }) => textKey(content));
  const { rest, held } = splitter.test({ length: files.length, keys, by: splitValues(files, splitter) }, part, seed);
  return { train: Array.from(rest, (place) => files[place]!), test: Array.from(held, (place) => files[place]!) };
}

/** What files are split by; nothing where chance decides. */
function splitValues(files: readonly FileWithTarget[], { plan: { type } }: Splitter): Cell[] | undefined {
  return type === 'random' || type === 'index' ? undefined : files.map(({ by }) => by ?? null);
}

/**
 * What stands for the content of files that were read, and which of those to train on are held out.
 * @param md5Of the checksum of a file's content
 */
export function cutFiles(
  { train, test }: { readonly train: readonly FileWithTarget[]; readonly test: readonly FileWithTarget[] },
  md5Of: (file: FileWithTarget) => string,
  splitter: Splitter | undefined,
): { keys: { train: Float64Array; test: Float64Array }; validation?: Cut } {
  const keysOf = (files: readonly FileWithTarget[]): Float64Array => Float64Array.from(files, (file) => textKey(md5Of(file)));
  const keys = { train: keysOf(train), test: keysOf(test) };
  if (splitter === undefined) return { keys };
  return { keys, validation: splitter.validation({ length: train.length, keys: keys.train, by: splitValues(train, splitter) }) };
}

const blockBytes = 4096;

/** A checksum of a file's length and of blocks at its start, in its middle and at its end: equal contents have equal ones. */
function contentKey({ path, size }: ListedFile): string {
  const hash = createHash('md5').update(`${size}/`);
  const file = openSync(path, 'r');
  try {
    const starts = size <= 3 * blockBytes ? [0] : [0, Math.floor((size - blockBytes) / 2), size - blockBytes];
    const block = Buffer.alloc(starts.length === 1 ? 3 * blockBytes : blockBytes);
    for (const start of starts) hash.update(block.subarray(0, readSync(file, block, 0, block.length, start)));
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
}

/** What stands for all that files hold, and for what they are when they are listed; no checksum for those that cannot be read. */
export async function contentOf(
  files: readonly ListedFile[],
): Promise<[path: string, size: number, modified: number, md5: string][]> {
  const found: [string, number, number, string][] = [];
  for (const { path, size, modified } of files) {
    let md5 = '';
    try {
      md5 = md5OfFile(path);
    } catch {
      // Whoever reads it afterwards says why it cannot be read.
    }
    found.push([path, size, modified, md5]);
    if (found.length % 64 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return found;
}

/** Whether a file's class is one of those that are told apart. */
function knownClass(
  classes: readonly string[] | undefined,
  { called }: WantedFiles,
  bad: Skipped,
): (file: FileWithTarget) => boolean {
  if (classes === undefined) return () => true;
  const known = new Set<Cell>(classes);
  return ({ path, label }) => {
    if (known.has(label)) return true;
    bad.add(path, `is of the class "${label}", and the training part has only ${listOf(classes)}`, {
      hint: `put ${called} of it into the training part, or take another \`seed\``,
    });
    return false;
  };
}
