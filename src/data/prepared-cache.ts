import { createHash, type Hash } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../errors.js';

/** A file of records of one length, made once from what is slow to read. */
export interface PreparedFile {
  readonly path: string;
  readonly recordBytes: number;
  readonly length: number;
  /** What its maker wrote with it. */
  readonly notes: unknown;
  /** The checksum of all records. */
  readonly md5: string;
}

/** At the end of the file, so that the records can be written before it is known how many there are. */
interface Trailer extends Omit<PreparedFile, 'path'> {
  readonly key: string;
}

const magic = 'nn prepared 1\n';
const checksumBytes = 16;
/** Magic, the trailer's checksum and its length. */
const endBytes = magic.length + checksumBytes + 4;
const md5 = (bytes: Uint8Array): Buffer => createHash('md5').update(bytes).digest();

/** Names what a prepared file is made of: equal values have equal keys. */
export const preparedKey = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);

/**
 * The prepared file of a path, if it is whole and was made for the same key; anything else is as good as none. The records themselves are
 * checked when all of them are read (`readPrepared`).
 * @param recordBytes by default what it says
 */
export function openPrepared(path: string, key: string, recordBytes?: number): PreparedFile | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return undefined;
  }
  try {
    const { size } = fstatSync(file);
    const end = readAt(file, Math.max(0, size - endBytes), endBytes);
    if (end.subarray(0, magic.length).toString('latin1') !== magic) return undefined;
    const trailerBytes = end.readUInt32LE(endBytes - 4);
    const json = readAt(file, size - endBytes - trailerBytes, trailerBytes);
    if (!md5(json).equals(end.subarray(magic.length, magic.length + checksumBytes))) return undefined;
    const trailer = JSON.parse(json.toString('utf8')) as Trailer;
    const isWhole = size === trailer.length * trailer.recordBytes + trailerBytes + endBytes;
    return isWhole && trailer.key === key && trailer.recordBytes === (recordBytes ?? trailer.recordBytes)
      ? { ...trailer, path }
      : undefined;
  } catch {
    return undefined; // shorter than its own trailer says
  } finally {
    closeSync(file);
  }
}

/** All records, in memory that threads share; nothing where their checksum is wrong. */
export function readPrepared({ path, recordBytes, length, md5: expected }: PreparedFile): Uint8Array | undefined {
  const records = new Uint8Array(new SharedArrayBuffer(recordBytes * length));
  const hash = createHash('md5');
  const file = openSync(path, 'r');
  try {
    const chunk = Buffer.alloc(Math.min(records.length, 2 ** 20));
    for (let at = 0; at < records.length;) {
      const count = readSync(file, chunk, 0, Math.min(chunk.length, records.length - at), at);
      if (count === 0) return undefined;
      hash.update(chunk.subarray(0, count));
      records.set(chunk.subarray(0, count), at);
      at += count;
    }
  } finally {
    closeSync(file);
  }
  return hash.digest('hex') === expected ? records : undefined;
}

/**
 * Writes a prepared file: under another name first, so that one of the right name is whole.
 * @param make hands each record to `append`, in order, and returns what is to be noted with them
 * @throws UserError if the folder cannot be written; and whatever `make` throws. Nothing is left behind then.
 */
export async function writePrepared(
  path: string,
  key: string,
  recordBytes: number,
  make: (append: (record: Uint8Array) => void) => Promise<unknown>,
): Promise<PreparedFile> {
  const temporary = join(dirname(path), unfinishedName(basename(path)));
  const file = writing(path, () => {
    mkdirSync(dirname(path), { recursive: true });
    removeAbandoned(dirname(path));
    return openSync(temporary, 'w');
  });
  try {
    const writer = new RecordWriter(path, file, recordBytes);
    const notes = (await make((record) => writer.append(record))) ?? null;
    const trailer: Trailer = { key, recordBytes, length: writer.length, notes, md5: writer.finish() };
    const json = Buffer.from(JSON.stringify(trailer));
    const end = Buffer.alloc(endBytes);
    end.write(magic, 'latin1');
    end.set(md5(json), magic.length);
    end.writeUInt32LE(json.length, endBytes - 4);
    writing(path, () => {
      writeAll(file, json);
      writeAll(file, end);
      fsyncSync(file);
    });
    closeSync(file);
    writing(path, () => renameSync(temporary, path));
    return { ...trailer, path };
  } catch (error) {
    try {
      closeSync(file);
    } catch {
      // It is closed already where renaming failed.
    }
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Gathers records to larger pieces, which are quicker to write. */
class RecordWriter {
  length = 0;
  private readonly path: string;
  private readonly file: number;
  private readonly recordBytes: number;
  private readonly hash: Hash = createHash('md5');
  private readonly chunk: Buffer;
  private held = 0;

  constructor(path: string, file: number, recordBytes: number) {
    this.path = path;
    this.file = file;
    this.recordBytes = recordBytes;
    this.chunk = Buffer.alloc(Math.max(recordBytes, 2 ** 20));
  }

  append(record: Uint8Array): void {
    if (record.length !== this.recordBytes) throw new RangeError(`a record of ${record.length} bytes, not ${this.recordBytes}`);
    if (this.held + record.length > this.chunk.length) this.flush();
    this.chunk.set(record, this.held);
    this.held += record.length;
    this.length++;
  }

  /** @returns the checksum of all records */
  finish(): string {
    this.flush();
    return this.hash.digest('hex');
  }

  private flush(): void {
    const bytes = this.chunk.subarray(0, this.held);
    this.hash.update(bytes);
    writing(this.path, () => writeAll(this.file, bytes));
    this.held = 0;
  }
}

/** Files of this process that nobody else will use, and that go with it. */
const temporaries = new Set<string>();

/** A path in a folder for a prepared file that is removed when the program ends. */
export function temporaryPrepared(folder: string): string {
  if (temporaries.size === 0) {
    process.once('exit', () => {
      for (const path of temporaries) rmSync(path, { force: true });
    });
  }
  const path = join(folder, unfinishedName(`temporary-${temporaries.size}`));
  temporaries.add(path);
  return path;
}

/** Numbers of processes say something on their own machine alone, and folders may be shared. */
const ownEnd = (): string => `@${hostname()}.tmp`;
const unfinishedName = (name: string): string => `.${name}.${process.pid}${ownEnd()}`;

/** Removes what processes of this machine that are no more have left behind. */
function removeAbandoned(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (!name.endsWith(ownEnd())) continue;
    const pid = /\.(\d+)$/.exec(name.slice(0, -ownEnd().length))?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(folder, name), { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readAt(file: number, place: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  if (place < 0 || readSync(file, bytes, 0, length, place) !== length) throw new RangeError('the file is too short');
  return bytes;
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
}

function writing<Value>(path: string, write: () => Value): Value {
  try {
    return write();
  } catch (cause) {
    throw new UserError(`${path}, where prepared records are kept, cannot be written: ${(cause as Error).message}`, {
      hint: 'make room there, or set XDG_CACHE_HOME to another folder',
      cause,
    });
  }
}
