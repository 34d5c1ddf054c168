import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';
import { UserError } from '../errors.js';

/**
 * The IDX format of Y. LeCun's MNIST page: two zero bytes, one byte for the element type, one for the rank, the sizes as
 * big-endian 32-bit integers, then the elements, row-major. Read here: unsigned bytes, plain or compressed with gzip.
 */
export interface IdxHeader {
  path: string;
  /** Whether the file is compressed, known by its first bytes and not by its name. */
  gzip: boolean;
  /** The sizes, the number of records first. */
  shape: number[];
  /** Bytes before the elements, once uncompressed. */
  headerBytes: number;
  /** Bytes of the elements, once uncompressed. */
  dataBytes: number;
}

export interface IdxFile extends IdxHeader {
  data: Uint8Array;
  /** MD5 of the uncompressed file, header included, in hexadecimal: the same for a plain and a compressed copy. */
  md5: string;
}

const elementTypes: Record<number, string> = {
  0x08: 'unsigned bytes',
  0x09: 'signed bytes',
  0x0b: '16-bit integers',
  0x0c: '32-bit integers',
  0x0d: '32-bit floats',
  0x0e: '64-bit floats',
};

/** The most one read of Node 20 returns. */
const largestFile = 2 ** 31 - 1;

/** More than the longest header (rank 255), and little enough that 1000 times as much, gzip's best, is no burden. */
const prefixBytes = 4096;

const unreadable: Record<string, string> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file: a part of its path is not a folder',
  EACCES: 'permission to read it is denied',
  EPERM: 'permission to read it is denied',
};

/**
 * Reads the header only; of a plain file the length is checked too.
 * @throws UserError if the file cannot be read, is not an IDX file of unsigned bytes, or is shorter or longer than it says.
 */
export function readIdxHeader(path: string): IdxHeader {
  const { prefix, size } = readPrefix(path);
  const gzip = prefix[0] === 0x1f && prefix[1] === 0x8b;
  const header = parseHeader(path, gzip ? decompressPrefix(path, prefix) : prefix, gzip);
  if (!gzip) checkLength(header, size);
  return header;
}

/**
 * Reads a whole file. Decompression stops where the header says the file ends, so memory is bounded by the header.
 * @throws UserError as `readIdxHeader`, and if compressed data is damaged, cut short or longer than the header says.
 */
export function readIdx(path: string): IdxFile {
  const header = readIdxHeader(path);
  const stored = attempt(path, () => readFileSync(path));
  const bytes = header.gzip ? decompress(header, stored) : stored;
  checkLength(header, bytes.length);
  const data = new Uint8Array(bytes.buffer, bytes.byteOffset + header.headerBytes, header.dataBytes);
  return { ...header, data, md5: createHash('md5').update(bytes).digest('hex') };
}

/** @throws UserError unless the rank is one of `ranks`; `expected` says in words what was to be there. */
export function requireRank(header: IdxHeader, ranks: readonly number[], expected: string): void {
  if (ranks.includes(header.shape.length)) return;
  throw new UserError(`${header.path}: expected ${expected}, found rank ${header.shape.length} (${formatShape(header.shape)})`, {
    hint: 'Check that image files and label files are not interchanged.',
  });
}

/** @throws UserError if the uncompressed contents have another MD5 than `expected`, with `hint` as what to do. */
export function requireMd5(file: IdxFile, expected: string, hint: string): void {
  if (file.md5 === expected) return;
  throw new UserError(`${file.path}: wrong checksum: MD5 of the uncompressed file is ${file.md5}, expected ${expected}`, {
    hint,
  });
}

/** `60000 × 28 × 28` */
export function formatShape(shape: readonly number[]): string {
  return shape.join(' × ');
}

function readPrefix(path: string): { prefix: Uint8Array; size: number } {
  // Before opening: opening a pipe would wait for its writer.
  const stat = attempt(path, () => statSync(path));
  if (stat.isDirectory()) throw notAFile(path, 'a folder');
  if (!stat.isFile()) throw notAFile(path, 'a device or a pipe');
  return attempt(path, () => {
    const file = openSync(path, 'r');
    try {
      const buffer = new Uint8Array(prefixBytes);
      return { prefix: buffer.subarray(0, readSync(file, buffer)), size: stat.size };
    } finally {
      closeSync(file);
    }
  });
}

function parseHeader(path: string, prefix: Uint8Array, gzip: boolean): IdxHeader {
  const holder = gzip ? `${path}: the data inside gzip` : `${path}: this file`;
  const [first, second, elementType = 0, rank = 0] = prefix;
  if (prefix.length < 4) throw new UserError(`${holder} has ${prefix.length} bytes, too few for the header of an IDX file`);
  if (first !== 0 || second !== 0 || elementTypes[elementType] === undefined || rank === 0) {
    throw new UserError(`${holder} is not an IDX file: found ${formatMagic(prefix)}, expected 00 00 08 and the rank`, {
      hint: 'Check the path; a saved web page or an archive that holds the file is not the file itself.',
    });
  }
  if (elementType !== 0x08) {
    throw new UserError(`${path}: elements are ${elementTypes[elementType]}, but only unsigned bytes can be read`, {
      hint: 'Convert the file to unsigned bytes (type 08).',
    });
  }
  const headerBytes = 4 + 4 * rank;
  if (prefix.length < headerBytes) throw truncated(path, prefix.length, headerBytes, `the header for rank ${rank}`);
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const dataBytes = shape.includes(0) ? 0 : shape.reduce((product, size) => product * size, 1);
  const header = { path, gzip, shape, headerBytes, dataBytes };
  if (headerBytes + dataBytes > largestFile) {
    throw new UserError(
      `${path}: the header announces ${formatShape(shape)} bytes, more than the ${largestFile} that can be read`,
      {
        hint: 'The file is damaged or not an IDX file; if it is right, split it.',
      },
    );
  }
  return header;
}

function checkLength(header: IdxHeader, found: number): void {
  const expected = header.headerBytes + header.dataBytes;
  if (found < expected) throw truncated(header.path, found, expected, formatShape(header.shape));
  if (found > expected) throw tooLong(header, `${found} bytes`);
}

function decompressPrefix(path: string, prefix: Uint8Array): Uint8Array {
  try {
    // The prefix ends anywhere: a flush instead of an end returns what there is.
    return gunzipSync(prefix, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch (cause) {
    throw damaged(path, cause);
  }
}

function decompress(header: IdxHeader, stored: Uint8Array): Uint8Array {
  const expected = header.headerBytes + header.dataBytes;
  const options = { maxOutputLength: expected, chunkSize: Math.min(Math.max(expected, 1024), 2 ** 20) };
  try {
    return gunzipSync(stored, options);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLong(header, `more than ${expected} bytes`);
    if (code !== 'Z_BUF_ERROR') throw damaged(header.path, cause);
  }
  // Cut short. Decompress once more, only to say how much there is.
  const found = gunzipSync(stored, { ...options, finishFlush: constants.Z_SYNC_FLUSH }).length;
  throw truncated(header.path, found, expected, `${formatShape(header.shape)}, gzip's own checksum after them`);
}

function attempt<Result>(path: string, read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? '';
    throw new UserError(`${path}: cannot be read: ${unreadable[code] ?? (cause as Error).message}`, {
      hint: 'Check the path; a relative path starts at the folder of the config file.',
      exit: 'usage',
      cause,
    });
  }
}

function notAFile(path: string, what: string): UserError {
  return new UserError(`${path}: is ${what}, expected an IDX file`, { hint: 'Give the path of the file itself.', exit: 'usage' });
}

function truncated(path: string, found: number, expected: number, what: string): UserError {
  return new UserError(`${path}: cut short: found ${found} bytes, expected ${expected} (${what})`, {
    hint: 'The file was not copied or downloaded to its end; fetch it again.',
  });
}

function tooLong(header: IdxHeader, found: string): UserError {
  const expected = header.headerBytes + header.dataBytes;
  return new UserError(
    `${header.path}: longer than it says: found ${found}, expected ${expected} (${formatShape(header.shape)})`,
    {
      hint: 'The file is damaged or something was appended to it; fetch it again.',
    },
  );
}

function damaged(path: string, cause: unknown): UserError {
  return new UserError(`${path}: the gzip data is damaged: ${(cause as Error).message}`, {
    hint: 'Fetch the file again.',
    cause,
  });
}

/** `3c 21 44 4f ("<!DO")` */
function formatMagic(bytes: Uint8Array): string {
  const magic = Buffer.from(bytes.subarray(0, 4));
  const text = magic.toString('latin1');
  return magic.toString('hex').replace(/..(?=.)/g, '$& ') + (/^[ -~]+$/.test(text) ? ` ("${text}")` : '');
}
