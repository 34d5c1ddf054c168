import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { UserError } from '../errors.js';

/** Bytes from the first to the last, without all of them having to be in memory. */
export interface ByteReader {
  /** What messages call it. */
  readonly name: string;
  /** Bytes that are still to come. */
  readonly left: number;
  /** The next ones; there must be so many left. */
  next(count: number): Buffer;
}

/** The bytes of a file. */
export class FileReader implements ByteReader {
  readonly name: string;
  left: number;
  private readonly file: number;
  private readonly hash = createHash('md5');

  constructor(path: string) {
    this.name = path;
    this.file = openSync(path, 'r');
    this.left = fstatSync(this.file).size;
  }

  next(count: number): Buffer {
    const bytes = Buffer.alloc(count);
    for (let at = 0; at < count;) {
      const read = readSync(this.file, bytes, at, count - at, null);
      if (read === 0) throw new UserError(`${this.name} became shorter while it was read`);
      at += read;
    }
    this.left -= count;
    this.hash.update(bytes);
    return bytes;
  }

  /** Closes the file. Returns the MD5 of what was read. */
  close(): string {
    closeSync(this.file);
    return this.hash.digest('hex');
  }
}

/** Bytes that are in memory. */
export class MemoryReader implements ByteReader {
  readonly name: string;
  private readonly bytes: Buffer;
  private at = 0;

  constructor(name: string, bytes: Buffer) {
    this.name = name;
    this.bytes = bytes;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  next(count: number): Buffer {
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }
}
