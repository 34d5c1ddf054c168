/**
 * The safetensors format (https://huggingface.co/docs/safetensors), restricted to 32-bit floats: the header's size (u64,
 * little-endian), a JSON header, then the tensors' values, little-endian and row-major, without holes.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { endianness } from 'node:os';
import { size } from '../shape.js';
import { fileError } from './file-error.js';
import {
  decodeHeader,
  encodePrefix,
  floatBytes,
  malformed,
  type SafetensorsHeader,
  type TensorEntry,
} from './safetensors-header.js';

export interface Tensor {
  /** Outermost axis first; `[]` is a scalar. */
  shape: number[];
  /** Row-major, as many values as the shape says. */
  data: Float32Array;
}

export interface SafetensorsFile {
  /** In the order of the data. */
  tensors: Map<string, Tensor>;
  metadata: Record<string, string>;
  /** The bytes before the data, as they lie in the file: the header's size and the header. */
  prefix: Uint8Array;
}

/** The format's own limit on the header, in bytes. A size beyond it is taken for damage. */
const largestHeader = 100_000_000;
const largestRead = 2 ** 30;

/**
 * The content of a safetensors file in chunks: first what comes before the data, then each tensor's values. The chunks are
 * views of the tensors, not copies. Names are sorted, so that equal tensors give equal bytes.
 */
export function encodeSafetensors(tensors: ReadonlyMap<string, Tensor>, metadata: Record<string, string>): Uint8Array[] {
  const entries: TensorEntry[] = [];
  const data: Uint8Array[] = [];
  let begin = 0;
  for (const name of [...tensors.keys()].sort()) {
    const tensor = tensors.get(name)!;
    if (name === '__metadata__') throw new TypeError('no tensor may be called __metadata__');
    if (size(tensor.shape) !== tensor.data.length) {
      throw new TypeError(`tensor "${name}" of shape [${tensor.shape.join(', ')}] holds ${tensor.data.length} values`);
    }
    const end = begin + tensor.data.byteLength;
    entries.push({ name, shape: tensor.shape, begin, end });
    data.push(littleEndianBytes(tensor.data));
    begin = end;
  }
  return [encodePrefix(entries, metadata), ...data];
}

/**
 * Reads a safetensors file. Nothing is allocated before the header is known to fit the file.
 *
 * @param checkMetadata called before the tensors are looked at, to refuse another kind or version of file first
 * @throws UserError if the file cannot be read, is malformed, or holds something else than 32-bit floats
 */
export function readSafetensors(path: string, checkMetadata?: (metadata: Record<string, string>) => void): SafetensorsFile {
  return withFile(path, (fd) => {
    const prefix = readPrefix(fd, path);
    const { entries, metadata } = decodePrefix(fd, path, prefix, checkMetadata);
    const tensors = new Map<string, Tensor>();
    for (const { name, shape, begin, end } of entries) {
      const data = new Float32Array((end - begin) / floatBytes);
      readFully(fd, path, new Uint8Array(data.buffer), prefix.length + begin);
      littleEndianBytes(data, 'in place');
      tensors.set(name, { shape, data });
    }
    return { tensors, metadata, prefix };
  });
}

/**
 * Reads and checks only the header: the metadata, and each tensor's name, shape and place.
 *
 * @throws UserError as `readSafetensors`
 */
export function readSafetensorsHeader(
  path: string,
  checkMetadata?: (metadata: Record<string, string>) => void,
): SafetensorsHeader {
  return withFile(path, (fd) => decodePrefix(fd, path, readPrefix(fd, path), checkMetadata));
}

function withFile<T>(path: string, use: (fd: number) => T): T {
  try {
    const fd = openSync(path, 'r');
    try {
      return use(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw fileError('read', path, error);
  }
}

function readPrefix(fd: number, path: string): Uint8Array {
  const fileBytes = fstatSync(fd).size;
  const start = Buffer.alloc(8);
  readFully(fd, path, start, 0);
  const headerBytes = Number(start.readBigUInt64LE());
  if (headerBytes > largestHeader || headerBytes > fileBytes - 8) {
    throw malformed(path, `its first 8 bytes give a header of ${headerBytes} bytes, and the file has ${fileBytes}`);
  }
  const prefix = Buffer.alloc(8 + headerBytes);
  readFully(fd, path, prefix, 0);
  return prefix;
}

function decodePrefix(
  fd: number,
  path: string,
  prefix: Uint8Array,
  checkMetadata?: (metadata: Record<string, string>) => void,
): SafetensorsHeader {
  return decodeHeader(path, prefix.subarray(8), fstatSync(fd).size - prefix.length, checkMetadata);
}

function readFully(fd: number, path: string, target: Uint8Array, position: number): void {
  for (let done = 0; done < target.length;) {
    const bytes = readSync(fd, target, done, Math.min(target.length - done, largestRead), position + done);
    if (bytes === 0)
      throw malformed(path, `it ends after ${position + done} bytes, and at least ${position + target.length} were expected`);
    done += bytes;
  }
}

/** The bytes of the values as the file holds them: a view, except on a big-endian machine. */
export function littleEndianBytes(data: Float32Array, where: 'in place' | 'copy' = 'copy'): Uint8Array {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (endianness() === 'LE') return bytes;
  return (where === 'copy' ? Buffer.from(bytes) : bytes).swap32();
}
