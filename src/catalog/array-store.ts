import { join } from 'node:path';
import { type Archive, openArchive } from '../data/archive.js';
import { type ArrayUse, type StoredArray, readArray } from '../data/array.js';
import { DatasetError } from '../data/dataset-error.js';
import { type LargeArray, arrayBytes, readLargeArray } from '../data/large-array.js';
import { locateFiles } from '../data/locate.js';
import { UserError } from '../errors.js';
import type { DatasetContext } from './dataset.js';

type Path = DatasetError['path'];

/** Where arrays come from: an archive, or files. */
export class ArrayStore {
  readonly provenance: { file: string; md5: string }[] = [];
  private readonly archivePath: string | undefined;
  private readonly folder: string;
  private readonly cache: string;
  /** Bytes that are left in memory. */
  private room: number;
  private archive: Promise<Archive> | undefined;

  constructor({ path, memory_mb }: { path?: string | undefined; memory_mb: number }, { folder, cache }: DatasetContext) {
    this.archivePath = path;
    this.folder = folder;
    this.cache = cache;
    this.room = memory_mb * 2 ** 20;
  }

  async read(array: string, use: ArrayUse, path: Path): Promise<StoredArray | LargeArray> {
    if (this.archivePath === undefined) {
      const file = this.only(array, path);
      const bytes = arrayBytes(file, use);
      const isHeld = bytes <= this.room;
      if (isHeld) this.room -= bytes;
      const read = isHeld ? readArray({ file }, use) : await readLargeArray(file, use, join(this.cache, 'prepared'));
      this.provenance.push({ file, md5: read.md5! });
      return read;
    }
    const file = this.only(this.archivePath, ['path']);
    this.archive ??= located(['path'], () => this.open(file));
    const archive = await this.archive;
    const names = archive.names.map((entry) => entry.replace(/\.npy$/, ''));
    const entry = archive.names[names.indexOf(array)];
    if (entry === undefined) {
      throw new DatasetError(path, `${file} has no array "${array}"`, {
        hint: names.length === 0 ? 'it is empty' : `it has ${names.join(', ')}`,
        unknown: { word: array, names },
      });
    }
    return readArray({ name: `${file}: ${array}`, bytes: archive.read(entry) }, use);
  }

  private async open(file: string): Promise<Archive> {
    const archive = await openArchive(file);
    this.provenance.push({ file, md5: archive.md5 });
    return archive;
  }

  private only(path: string, option: Path): string {
    const files = locateFiles(path, this.folder, option);
    if (files.length > 1) {
      throw new DatasetError(option, `${files.length} files are named like ${path}, expected one`, {
        hint: 'name a single file',
      });
    }
    return files[0]!;
  }
}

/** Errors of files are errors of the option that names them. */
export async function located<Value>(path: Path, read: () => Promise<Value>): Promise<Value> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DatasetError || !(error instanceof UserError)) throw error;
    throw new DatasetError(path, error.message, { cause: error, ...(error.hint === undefined ? {} : { hint: error.hint }) });
  }
}
