import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../errors.js';
import { download, type DownloadOptions } from './download.js';
import { formatShape, readIdx, readIdxHeader, requireMd5 } from './idx.js';

/** One IDX file as it was published. */
export interface PublishedFile {
  /** The name under which it was published, without `.gz`. */
  name: string;
  /** Other names under which copies are kept. */
  otherNames: readonly string[];
  /** MD5 of the uncompressed file. */
  md5: string;
  shape: readonly number[];
}

/** A named data set of IDX files that anybody may have a copy of. */
export interface PublishedIdx<Role extends string> {
  /** Its name for people. */
  title: string;
  /** The name of its folder in the cache and under `data/`. */
  folder: string;
  files: Record<Role, PublishedFile>;
  /** URLs of folders that hold `<name>.gz`, tried in order. */
  mirrors: readonly string[];
}

/** A folder, and the paths of the files that were found in it. */
export interface FoundFiles<Role extends string> {
  folder: string;
  paths: Partial<Record<Role, string>>;
  missing: Role[];
}

/** Looks for the files in one folder, plain or compressed, under any of their names. */
export function findPublished<Role extends string>(set: PublishedIdx<Role>, folder: string): FoundFiles<Role> {
  const found: FoundFiles<Role> = { folder, paths: {}, missing: [] };
  for (const role of Object.keys(set.files) as Role[]) {
    const { name, otherNames } = set.files[role];
    const names = [name, ...otherNames].flatMap((each) => [each, `${each}.gz`]);
    const path = names.map((each) => join(folder, each)).find((each) => existsSync(each));
    if (path === undefined) found.missing.push(role);
    else found.paths[role] = path;
  }
  return found;
}

/** @throws UserError unless the header shows the published sizes. */
export function checkPublishedHeader(title: string, file: PublishedFile, path: string): void {
  const { shape } = readIdxHeader(path);
  if (formatShape(shape) === formatShape(file.shape)) return;
  throw new UserError(`${path}: holds ${formatShape(shape)}, but in ${title} it is ${formatShape(file.shape)}`, {
    hint: 'Delete it if it is a damaged copy; if it is data of your own, use `type: idx`.',
  });
}

export interface DownloadPublishedOptions extends DownloadOptions {
  /** Told of each URL before it is asked. */
  log(line: string): void;
  /** Where a person without a network should put the files. */
  placeFolder: string;
  /** Another way to get the files. */
  otherwise?: string | undefined;
}

/**
 * Downloads into a cache folder the files that are missing there, from the first mirror that gives the right bytes.
 * @returns the path of every file
 * @throws UserError if the folder cannot be written, or if no mirror gives a file; it says what each answered.
 */
export async function downloadPublished<Role extends string>(
  set: PublishedIdx<Role>,
  cached: FoundFiles<Role>,
  options: DownloadPublishedOptions,
): Promise<Record<Role, string>> {
  await makeFolder(cached.folder);
  const paths = { ...cached.paths };
  for (const role of cached.missing) {
    const path = join(cached.folder, `${set.files[role].name}.gz`);
    const answers = await downloadFrom(set, set.files[role], path, options);
    if (answers.length > 0) {
      throw new UserError(`${set.title} is not on this machine and cannot be downloaded:\n  ${answers.join('\n  ')}`, {
        hint: [placeByHand(set, Object.keys(set.files) as Role[], options.placeFolder), options.otherwise ?? ''].join(' ').trim(),
      });
    }
    paths[role] = path;
  }
  return paths as Record<Role, string>;
}

/** What to do where files are neither here nor to be had. */
export function placeByHand<Role extends string>(set: PublishedIdx<Role>, roles: readonly Role[], folder: string): string {
  const names = roles.map((role) => set.files[role].name);
  const list = names.length === 1 ? names[0] : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return `Put ${list} (plain, or with .gz) into ${folder}.`;
}

/** Tries every mirror. Returns what each one answered, or nothing once one gave the file. */
async function downloadFrom<Role extends string>(
  set: PublishedIdx<Role>,
  file: PublishedFile,
  path: string,
  options: DownloadPublishedOptions,
): Promise<string[]> {
  const answers: string[] = [];
  for (const mirror of set.mirrors) {
    const url = `${mirror}${file.name}.gz`;
    options.log(`downloading ${url}`);
    try {
      await download(url, path, (partial) => verify(set.title, file, partial), options);
      return [];
    } catch (error) {
      answers.push(`${url}: ${(error as Error).message}`);
    }
  }
  return answers;
}

/** Checks the header first, so that the published sizes bound what is decompressed. */
function verify(title: string, file: PublishedFile, partial: string): void {
  try {
    checkPublishedHeader(title, file, partial);
    requireMd5(readIdx(partial), file.md5, '');
  } catch (error) {
    // The temporary file is gone when this is read: say only what was wrong with it.
    throw new Error((error as Error).message.replace(`${partial}: `, ''), { cause: error });
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new UserError(`${folder}: the folder for downloads cannot be made: ${(cause as Error).message}`, {
      hint: 'Choose another cache folder, or put the data set where it is looked for.',
      cause,
    });
  }
}
