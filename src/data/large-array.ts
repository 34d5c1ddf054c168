import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { UserError } from '../errors.js';
import { type ArrayFacts, type ArrayPlan, type ArrayUse, type ArrayValues, openArray, readElements } from './array.js';
import { FileReader } from './byte-reader.js';
import type { ReaderSource } from './field.js';
import { bytesOf } from './npy.js';
import { temporaryPrepared, writePrepared } from './prepared-cache.js';
import type { RecordFile } from './readers/record-file.js';

/** An array that stays in a file. All of it has been checked. */
export interface LargeArray extends ArrayFacts {
  /** The reader of some of its records, as a field. */
  reader(field: string, records?: Uint32Array): ReaderSource;
  /** All values, as they would be held in memory, some records at a time. */
  pieces(): Iterable<ArrayValues>;
}

/** Where records lie side by side. */
interface Place extends Pick<RecordFile, 'path' | 'start' | 'modified'> {
  readonly type: keyof typeof fileTypes;
}
const fileTypes = { uint8: Uint8Array, uint16: Uint16Array, float32: Float32Array };
type FileType = keyof typeof fileTypes;

/** What of NPY files a record can be read from as it lies there, on machines that have the lowest byte first. */
const readable: Readonly<Record<string, FileType>> = { u1: 'uint8', u2: 'uint16', f4: 'float32' };

/** Values that are checked, or written, together. */
const pieceLength = 2 ** 18;

/**
 * The bytes that a file would take in memory; 0 for one number or class for each record, which is always held.
 * @throws UserError if it is no NPY file of numbers
 */
export function arrayBytes(file: string, use: ArrayUse): number {
  const reader = new FileReader(file);
  try {
    const { facts, size } = openArray(reader, use);
    return size === 1 ? 0 : facts.length * size * facts.Values.BYTES_PER_ELEMENT;
  } finally {
    reader.close();
  }
}

/**
 * Checks a file and leaves it where it is, or puts it as 32-bit numbers, classes or bytes into another file that goes with the program.
 * @param folder for that other file
 * @throws UserError as `readArray`, and if its first axis runs fastest: records do not lie side by side
 */
export async function readLargeArray(file: string, use: ArrayUse, folder: string): Promise<LargeArray> {
  const { mtimeMs: modified } = statSync(file);
  const reader = new FileReader(file);
  let closed: string | undefined;
  try {
    const left = reader.left;
    const plan = openArray(reader, use);
    const { header, facts } = plan;
    if (header.isFortran && header.shape.length > 1) {
      throw new UserError(`${file} is too large to be held in memory, and its records do not lie side by side in it`, {
        hint: 'save it with numpy.ascontiguousarray, or raise `memory_mb`',
        exit: 'usage',
      });
    }
    const type = header.isBigEndian && bytesOf(header.type) > 1 ? undefined : readable[header.type];
    const start = left - reader.left;
    const { place, largest } =
      type === undefined
        ? await converted(reader, plan, folder)
        : { place: { path: file, start, type, modified }, largest: readElements(reader, plan, () => undefined) };
    closed = reader.close();
    return { ...facts, largest, md5: closed, ...accessTo(place, plan) };
  } finally {
    if (closed === undefined) reader.close();
  }
}

/** Writes the values as they would be held in memory. */
async function converted(reader: FileReader, plan: ArrayPlan, folder: string): Promise<{ place: Place; largest: number }> {
  const { facts, size } = plan;
  const { Values } = facts;
  const record = new Values(size);
  const bytes = new Uint8Array(record.buffer);
  let largest = 0;
  const { path } = await writePrepared(temporaryPrepared(folder), '', bytes.length, (append) => {
    largest = readElements(reader, plan, (value, place) => {
      const at = place % size;
      record[at] = value;
      if (at === size - 1) append(bytes);
    });
    return Promise.resolve(null);
  });
  return { place: { path, start: 0, type: typeOf(Values) }, largest };
}

const typeOf = (Values: ArrayFacts['Values']): FileType =>
  (Object.keys(fileTypes) as FileType[]).find((type) => fileTypes[type] === Values)!;

function accessTo(
  { path, start, type, modified }: Place,
  { facts: { length, Values }, size }: ArrayPlan,
): Pick<LargeArray, 'reader' | 'pieces'> {
  return {
    reader(name, records) {
      const options: RecordFile = {
        path,
        start,
        fields: [{ name, size, type }],
        scaled: Values === Uint8Array ? [name] : [],
        ...(records === undefined ? {} : { records }),
        ...(modified === undefined ? {} : { modified }),
      };
      return { type: 'record_file', options };
    },
    *pieces() {
      const FileValues = fileTypes[type];
      const perPiece = Math.max(1, Math.floor(pieceLength / size));
      const file = openSync(path, 'r');
      try {
        for (let done = 0; done < length; done += perPiece) {
          const values = new FileValues(Math.min(perPiece, length - done) * size);
          const bytes = new Uint8Array(values.buffer);
          const from = start + done * size * FileValues.BYTES_PER_ELEMENT;
          for (let at = 0; at < bytes.length;) {
            const count = readSync(file, bytes, at, bytes.length - at, from + at);
            if (count === 0) throw new UserError(`${path} became shorter while it was read`);
            at += count;
          }
          yield FileValues === Values ? values : Values.from(values);
        }
      } finally {
        closeSync(file);
      }
    },
  };
}
