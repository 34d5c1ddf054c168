import type { ByteReader } from './byte-reader.js';
import { UserError } from '../errors.js';

/**
 * NumPy's NPY format, versions 1 to 3 (numpy.lib.format): `\x93NUMPY`, the version, the length of the header, a Python dict
 * `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4)}` as text, then the elements. Read here: numbers and booleans, in either
 * byte order and either order of the elements.
 */
export interface NpyHeader {
  /** `u1`, `f4`, …: kind and bytes of an element. */
  readonly type: NpyType;
  readonly isBigEndian: boolean;
  /** Whether the first axis runs fastest. */
  readonly isFortran: boolean;
  readonly shape: readonly number[];
}

/** What an element's bytes become, once they lie in this machine's order. */
const decoders = {
  b1: (bytes: ArrayBuffer) => new Uint8Array(bytes).map((byte) => (byte === 0 ? 0 : 1)),
  u1: (bytes: ArrayBuffer) => new Uint8Array(bytes),
  i1: (bytes: ArrayBuffer) => new Int8Array(bytes),
  u2: (bytes: ArrayBuffer) => new Uint16Array(bytes),
  i2: (bytes: ArrayBuffer) => new Int16Array(bytes),
  u4: (bytes: ArrayBuffer) => new Uint32Array(bytes),
  i4: (bytes: ArrayBuffer) => new Int32Array(bytes),
  u8: (bytes: ArrayBuffer) => Float64Array.from(new BigUint64Array(bytes), Number),
  i8: (bytes: ArrayBuffer) => Float64Array.from(new BigInt64Array(bytes), Number),
  f2: (bytes: ArrayBuffer) => Float32Array.from(new Uint16Array(bytes), halfToNumber),
  f4: (bytes: ArrayBuffer) => new Float32Array(bytes),
  f8: (bytes: ArrayBuffer) => new Float64Array(bytes),
};
export type NpyType = keyof typeof decoders;

/** Sign, five bits of exponent and ten of fraction (IEEE 754 binary16). */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 0x1f, bits & 0x3ff];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const magic = Buffer.from('\x93NUMPY', 'latin1');
/** Headers of numbers take a hundred bytes or so. */
const longestHeader = 2 ** 16;

/** Bytes of one element. */
export const bytesOf = (type: NpyType): number => Number(type.slice(1));

/**
 * Reads the header, and leaves the reader at the first element.
 * @throws UserError if it is no NPY file, holds something else than numbers, or has fewer or more bytes than it says
 */
export function readNpyHeader(reader: ByteReader): NpyHeader {
  const { name } = reader;
  const start = reader.next(Math.min(8, reader.left));
  if (!magic.equals(start.subarray(0, 6)) || start.length < 8) {
    const found = start
      .subarray(0, 6)
      .toString('hex')
      .replace(/..(?=.)/g, '$& ');
    throw new UserError(
      `${name} is not an NPY file: it begins with ${found || 'nothing'}, expected 93 4e 55 4d 50 59 ("\\x93NUMPY")`,
      {
        hint: 'write it with numpy.save; an archive of several arrays is named in `path`',
        exit: 'usage',
      },
    );
  }
  const version = start[6]!;
  if (version < 1 || version > 3) {
    throw new UserError(`${name}: version ${version} of the NPY format, expected 1, 2 or 3`, { exit: 'usage' });
  }
  const size = version === 1 ? 2 : 4;
  const announced = reader.left < size ? 0 : size === 2 ? reader.next(2).readUInt16LE() : reader.next(4).readUInt32LE();
  if (announced > longestHeader) throw otherContent(name, `a header of ${announced} bytes`);
  if (announced === 0 || reader.left < announced) throw cutShort(name, 'within its header');
  const header = parse(name, reader.next(announced).toString('latin1'));
  const elements = header.shape.reduce((product, length) => product * length, 1);
  const expected = elements * bytesOf(header.type);
  if (reader.left < expected) {
    throw cutShort(name, `${reader.left} bytes of elements, expected ${expected} (${describe(header)})`);
  }
  if (reader.left > expected) {
    throw new UserError(
      `${name} is longer than it says: ${reader.left} bytes of elements, expected ${expected} (${describe(header)})`,
      {
        hint: 'the file is damaged, or several arrays were written into it',
        exit: 'usage',
      },
    );
  }
  return header;
}

/** `float32 of 3 × 4` for people, in NumPy's words. */
export function describe({ type, shape }: Pick<NpyHeader, 'type' | 'shape'>): string {
  const kinds: Record<string, string> = { u: 'uint', i: 'int', f: 'float' };
  const dtype = type === 'b1' ? 'bool' : `${kinds[type[0]!]}${8 * bytesOf(type)}`;
  return `${dtype} of ${shape.length === 0 ? 'a single number' : shape.join(' × ')}`;
}

function parse(name: string, text: string): NpyHeader {
  const descriptor = /(['"])descr\1\s*:\s*(?:(['"])(.*?)\2|\[)/.exec(text);
  const order = /(['"])fortran_order\1\s*:\s*(True|False)/.exec(text);
  const sizes = /(['"])shape\1\s*:\s*\(([^)]*)\)/.exec(text);
  if (descriptor === null || order === null || sizes === null)
    throw otherContent(name, `the header ${JSON.stringify(text.trim())}`);
  const written = descriptor[3];
  if (written === undefined) throw noNumbers(name, 'records of several fields (a structured dtype)', 'save each field by itself');
  const [, byteOrder = '', kind = ''] = /^([<>|=]?)(.*)$/.exec(written)!;
  if (!Object.hasOwn(decoders, kind)) throw refuse(name, written, kind);
  const lengths = sizes[2]!.split(',').map((length) => length.trim().replace(/L$/, ''));
  const shape = lengths.filter((length) => length !== '').map(Number);
  if (!shape.every((length) => Number.isSafeInteger(length) && length >= 0)) {
    throw otherContent(name, `the shape (${sizes[2]})`);
  }
  return { type: kind as NpyType, isBigEndian: byteOrder === '>', isFortran: order[2] === 'True', shape };
}

function refuse(name: string, written: string, kind: string): UserError {
  if (kind.startsWith('O')) {
    return noNumbers(
      name,
      'Python objects (dtype object), which only Python could run',
      "save numbers: array.astype('float32'), with rows of one length",
    );
  }
  if (/^[US]/.test(kind)) return noNumbers(name, 'text', 'save the number of each word, or read a table');
  if (kind.startsWith('c')) return noNumbers(name, 'complex numbers', 'save real and imaginary parts as two numbers');
  return noNumbers(name, `elements of dtype ${written}`, 'save bool, int8 to int64, uint8 to uint64, or float16 to float64');
}

const noNumbers = (name: string, what: string, hint: string): UserError =>
  new UserError(`${name} holds ${what}, expected numbers`, { hint, exit: 'usage' });
const otherContent = (name: string, found: string): UserError =>
  new UserError(`${name} is not an NPY file as NumPy writes it: found ${found}`, {
    hint: 'write it anew with numpy.save',
    exit: 'usage',
  });
const cutShort = (name: string, found: string): UserError =>
  new UserError(`${name} is cut short: ${found}`, { hint: 'copy or download it again', exit: 'usage' });

/** Bytes that are decoded together: a multiple of every element's. */
const chunkBytes = 2 ** 20;

/**
 * Reads the elements.
 * @param put told each element and its place in row-major order, whatever the order of the file
 */
export function readNpyElements(reader: ByteReader, header: NpyHeader, put: (value: number, place: number) => void): void {
  const { type, shape } = header;
  const bytes = bytesOf(type);
  const elements = shape.reduce((product, length) => product * length, 1);
  const placeOf = header.isFortran && shape.length > 1 ? columnMajor(shape) : (element: number) => element;
  for (let done = 0; done < elements;) {
    const count = Math.min(chunkBytes / bytes, elements - done);
    // A copy of its own: typed arrays need elements at multiples of their size.
    const own = new Uint8Array(reader.next(count * bytes));
    if (header.isBigEndian) swap(own, bytes);
    const values = decoders[type](own.buffer);
    for (let i = 0; i < count; i++) put(values[i]!, placeOf(done + i));
    done += count;
  }
}

/** The place in row-major order of each element, asked for in the order of a file whose first axis runs fastest. */
function columnMajor(shape: readonly number[]): () => number {
  const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, length) => product * length, 1));
  const index = shape.map(() => 0);
  let place = 0;
  return () => {
    const here = place;
    for (let axis = 0; axis < shape.length; axis++) {
      place += steps[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      place -= steps[axis]! * shape[axis]!;
      index[axis] = 0;
    }
    return here;
  };
}

function swap(bytes: Uint8Array, size: number): void {
  const buffer = Buffer.from(bytes.buffer);
  if (size === 2) buffer.swap16();
  else if (size === 4) buffer.swap32();
  else if (size === 8) buffer.swap64();
}
