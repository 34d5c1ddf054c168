import { FileReader, MemoryReader } from './byte-reader.js';
import { UserError } from '../errors.js';
import { describe, type NpyHeader, readNpyElements, readNpyHeader } from './npy.js';
import { sharedArray } from './shared.js';

/** What an array is read for. */
export interface ArrayUse {
  readonly isInput: boolean;
  readonly type?: 'number' | 'class' | undefined;
  /** Whether unsigned bytes become value / 255; by default those of inputs do. */
  readonly scale_bytes?: boolean | undefined;
}

/** Records of numbers or classes, as batches take them. */
export interface StoredArray {
  /** What messages call it. */
  readonly name: string;
  /** NumPy's words for what the file holds. */
  readonly dtype: string;
  readonly isClass: boolean;
  readonly values: Uint8Array | Uint16Array | Float32Array;
  readonly length: number;
  /** The shape of a record. */
  readonly shape: readonly number[];
  /** The largest class. */
  readonly largest: number;
  /** Of the file, where it is one. */
  readonly md5?: string;
}

/** A file, or what has been read from an archive. */
export type ArrayFile = { readonly file: string } | { readonly name: string; readonly bytes: Buffer };

/** @throws UserError if it is no NPY file of numbers, or a number is none that can be learnt from. */
export function readArray(from: ArrayFile, use: ArrayUse): StoredArray {
  if ('bytes' in from) return read(new MemoryReader(from.name, from.bytes), use);
  const reader = new FileReader(from.file);
  let md5;
  let stored;
  try {
    stored = read(reader, use);
  } finally {
    md5 = reader.close();
  }
  return { ...stored, md5 };
}

function read(reader: FileReader | MemoryReader, use: ArrayUse): StoredArray {
  const header = readNpyHeader(reader);
  const { name } = reader;
  const [length, ...axes] = header.shape;
  if (length === undefined) {
    throw new UserError(`${name} is a single number, expected an array whose first axis counts the records`, { exit: 'usage' });
  }
  const isClass = (use.type ?? (use.isInput || header.type.startsWith('f') ? 'number' : 'class')) === 'class';
  const shape = recordShape(axes, isClass, use.isInput);
  const size = axes.reduce((product, axis) => product * axis, 1);
  if (size === 0) throw new UserError(`${name} is ${describe(header)}: its records have no values`, { exit: 'usage' });
  const common = { name, dtype: describe(header).split(' ')[0]!, isClass, length, shape };
  if (isClass) {
    const values = room(name, Uint16Array, length * size);
    return { ...common, values, largest: readClasses(reader, header, values) };
  }
  if (header.type === 'u1' && (use.scale_bytes ?? use.isInput)) {
    const values = room(name, Uint8Array, length * size);
    readNpyElements(reader, header, (value, place) => (values[place] = value));
    return { ...common, values, largest: 0 };
  }
  const values = room(name, Float32Array, length * size);
  readNumbers(reader, header, values);
  return { ...common, values, largest: 0 };
}

/** Layers read at least one axis; of targets, one number or class for each record has none. */
function recordShape(axes: readonly number[], isClass: boolean, isInput: boolean): readonly number[] {
  if (isInput) return axes.length === 0 ? [1] : axes;
  return isClass && axes.length === 1 && axes[0] === 1 ? [] : axes;
}

function room<Values extends Uint8Array | Uint16Array | Float32Array>(
  name: string,
  Type: new (buffer: SharedArrayBuffer) => Values,
  length: number,
): Values {
  try {
    return sharedArray(Type, length);
  } catch (cause) {
    throw new UserError(`${name} has ${length} values, more than can be held in memory`, { hint: 'take fewer records', cause });
  }
}

/** The record of an element, for people. */
const where = ({ shape }: NpyHeader, place: number): string =>
  `record ${Math.floor(place / shape.slice(1).reduce((product, axis) => product * axis, 1))} (counted from 0)`;

function readNumbers(reader: FileReader | MemoryReader, header: NpyHeader, values: Float32Array): void {
  readNpyElements(reader, header, (value, place) => {
    values[place] = value;
    if (Number.isFinite(values[place])) return;
    const what = Number.isFinite(value) ? `${value}, which is no 32-bit number` : String(value);
    throw new UserError(`${reader.name}: ${where(header, place)} holds ${what}, expected finite numbers`, {
      hint: 'leave such records out, or put a number in its place (numpy.nan_to_num)',
      exit: 'usage',
    });
  });
}

/** Returns the largest class. */
function readClasses(reader: FileReader | MemoryReader, header: NpyHeader, values: Uint16Array): number {
  let largest = 0;
  readNpyElements(reader, header, (value, place) => {
    if (!Number.isInteger(value) || value < 0 || value > 65535) {
      throw new UserError(
        `${reader.name}: ${where(header, place)} holds ${value}, expected a class: a whole number from 0 to 65535`,
        {
          hint: 'number the classes from 0 on, or say `type: number`',
          exit: 'usage',
        },
      );
    }
    values[place] = value;
    if (value > largest) largest = value;
  });
  return largest;
}
