import { type ByteReader, FileReader, MemoryReader } from './byte-reader.js';
import { UserError } from '../errors.js';
import { describe, type NpyHeader, readNpyElements, readNpyHeader } from './npy.js';
import { sharedArray } from './shared.js';

/** What an array is read for. */
export interface ArrayUse {
  readonly isInput: boolean;
  readonly type?: 'number' | 'class' | undefined;
  /** Whether unsigned bytes become value / 255; by default those of inputs do. */
  readonly scale_bytes?: boolean | undefined;
  /** Is told of each value that cannot be learnt from: whoever reads leaves its record out. Without it the first is an error. */
  readonly bad?: BadRecords | undefined;
}

/** Records that are left out, each with the first reason. */
export type BadRecords = Map<number, string>;

/** What is known of records of numbers or classes. */
export interface ArrayFacts {
  /** What messages call it. */
  readonly name: string;
  /** NumPy's words for what the file holds. */
  readonly dtype: string;
  readonly isClass: boolean;
  readonly length: number;
  /** The shape of a record. */
  readonly shape: readonly number[];
  /** What they are held as: bytes that stand for value / 255, classes, or numbers. */
  readonly Values: typeof Uint8Array | typeof Uint16Array | typeof Float32Array;
  /** The largest class. */
  readonly largest: number;
  /** Of the file, where it is one. */
  readonly md5?: string;
}

/** Records as batches take them. */
export interface StoredArray extends ArrayFacts {
  readonly values: ArrayValues;
}
export type ArrayValues = Uint8Array | Uint16Array | Float32Array;

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

function read(reader: ByteReader, use: ArrayUse): StoredArray {
  const { size, ...plan } = openArray(reader, use);
  const { facts } = plan;
  const values = room(facts.name, facts.Values, facts.length * size);
  const largest = readElements(reader, plan, (value, place) => (values[place] = value));
  return { ...facts, values, largest };
}

/** What an array will be, by its header. */
export interface ArrayPlan {
  readonly header: NpyHeader;
  readonly facts: Omit<ArrayFacts, 'largest'>;
  readonly bad: BadRecords | undefined;
  /** Elements of a record. */
  readonly size: number;
}

/**
 * Reads the header, and leaves the reader at the first element.
 * @throws UserError if it is no NPY file of numbers that are records
 */
export function openArray(reader: ByteReader, use: ArrayUse): ArrayPlan {
  const header = readNpyHeader(reader);
  const { name } = reader;
  const [length, ...axes] = header.shape;
  if (length === undefined) {
    throw new UserError(`${name} is a single number, expected an array whose first axis counts the records`, { exit: 'usage' });
  }
  const isClass = (use.type ?? (use.isInput || header.type.startsWith('f') ? 'number' : 'class')) === 'class';
  const size = axes.reduce((product, axis) => product * axis, 1);
  if (size === 0) throw new UserError(`${name} is ${describe(header)}: its records have no values`, { exit: 'usage' });
  const isBytes = header.type === 'u1' && (use.scale_bytes ?? use.isInput);
  const Values = isClass ? Uint16Array : isBytes ? Uint8Array : Float32Array;
  const shape = recordShape(axes, isClass, use.isInput);
  const facts = { name, dtype: describe(header).split(' ')[0]!, isClass, length, shape, Values };
  return { header, facts, bad: use.bad, size };
}

/**
 * Reads the elements after the header.
 * @param put told each of them and its place in row-major order
 * @returns the largest class, or 0
 * @throws UserError at the first that cannot be learnt from, where such records are not left out
 */
export function readElements(
  reader: ByteReader,
  { header, facts, bad }: Omit<ArrayPlan, 'size'>,
  put: (value: number, place: number) => void,
): number {
  const refuse = refusal(reader, header, bad);
  if (facts.isClass) return readClasses(reader, header, put, refuse);
  if (facts.Values === Uint8Array) readNpyElements(reader, header, put);
  else readNumbers(reader, header, put, refuse);
  return 0;
}

/** Layers read at least one axis; of targets, one number or class for each record has none. */
function recordShape(axes: readonly number[], isClass: boolean, isInput: boolean): readonly number[] {
  if (isInput) return axes.length === 0 ? [1] : axes;
  return isClass && axes.length === 1 && axes[0] === 1 ? [] : axes;
}

function room(name: string, Values: ArrayFacts['Values'], length: number): ArrayValues {
  try {
    return sharedArray<ArrayValues>(Values, length);
  } catch (cause) {
    throw new UserError(`${name} has ${length} values, more than can be held in memory`, { hint: 'take fewer records', cause });
  }
}

type Put = (value: number, place: number) => void;
type Refuse = (place: number, problem: string, hint: string) => void;

/** What becomes of an element that cannot be learnt from. */
function refusal({ name }: ByteReader, { shape }: NpyHeader, bad: BadRecords | undefined): Refuse {
  const size = shape.slice(1).reduce((product, axis) => product * axis, 1);
  return (place, problem, hint) => {
    const record = Math.floor(place / size);
    const message = `${name}: record ${record} (counted from 0) ${problem}`;
    if (bad === undefined) throw new UserError(message, { hint, exit: 'usage' });
    if (!bad.has(record)) bad.set(record, message);
  };
}

function readNumbers(reader: ByteReader, header: NpyHeader, put: Put, refuse: Refuse): void {
  readNpyElements(reader, header, (value, place) => {
    put(value, place);
    if (Number.isFinite(Math.fround(value))) return;
    const what = Number.isFinite(value) ? `${value}, which is no 32-bit number` : String(value);
    refuse(
      place,
      `holds ${what}, expected finite numbers`,
      'leave such records out, as data sets with `on_error: skip` do, or put a number in its place (numpy.nan_to_num)',
    );
  });
}

/** Returns the largest class. */
function readClasses(reader: ByteReader, header: NpyHeader, put: Put, refuse: Refuse): number {
  let largest = 0;
  readNpyElements(reader, header, (value, place) => {
    const isClass = Number.isInteger(value) && value >= 0 && value <= 65535;
    // Something is put there in any case: files of records have no holes.
    put(isClass ? value : 0, place);
    if (!isClass) {
      const hint = 'number the classes from 0 on, or say `type: number`; data sets with `on_error: skip` leave such records out';
      refuse(place, `holds ${value}, expected a class: a whole number from 0 to 65535`, hint);
    } else if (value > largest) largest = value;
  });
  return largest;
}
