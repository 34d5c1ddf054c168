import { randomInteger } from '../random.js';
import type { Column, Examples, Field } from './field.js';
import { type TableColumn, columnOf } from './table-column.js';
import { timeOf, writtenTime } from './time.js';

/**
 * What stands for the content of each record: equal ones for equal records, and, in all likelihood, different ones for different records.
 * Whole numbers below 2^53.
 */
export type ContentKeys = Float64Array;

/** Two hashes of 32 bits of each record, which take up one word after the other. */
class Hashes {
  private readonly a: Int32Array;
  private readonly b: Int32Array;
  private readonly word = new Int32Array(1);

  constructor(length: number) {
    this.a = new Int32Array(length).fill(0x2545f491);
    this.b = new Int32Array(length).fill(0x6c078965);
  }

  add(record: number, words: ArrayLike<number>, from: number, to: number): void {
    let a = this.a[record]!;
    let b = this.b[record]!;
    for (let i = from; i < to; i++) {
      const word = words[i]!;
      a = Math.imul(a ^ word, 0x9e3779b1);
      a ^= a >>> 15;
      b = Math.imul((b + word) | 0, 0x85ebca6b);
      b ^= b >>> 13;
    }
    this.a[record] = a;
    this.b[record] = b;
  }

  /** A text, with its length before its letters, so that no two texts together are like two others. */
  addText(record: number, text: string): void {
    this.word[0] = text.length;
    this.add(record, this.word, 0, 1);
    for (let i = 0; i < text.length; i++) {
      this.word[0] = text.charCodeAt(i);
      this.add(record, this.word, 0, 1);
    }
  }

  keys(): ContentKeys {
    const keys = new Float64Array(this.a.length);
    for (let i = 0; i < keys.length; i++) keys[i] = (this.a[i]! >>> 0) * 2 ** 21 + (randomInteger(this.b[i]!, 0) >>> 11);
    return keys;
  }
}

/** The keys of some of the records. */
export function keysAt(keys: ContentKeys, records: Uint32Array): ContentKeys {
  const chosen = new Float64Array(records.length);
  for (let i = 0; i < chosen.length; i++) chosen[i] = keys[records[i]!]!;
  return chosen;
}

const sizeOf = ({ shape }: Field): number => shape.reduce((product, axis) => product * axis, 1);

/**
 * The keys of records in memory. What a reader makes is not known before it is read: then there are none.
 * @param read gives the values of fields that are in no column, as columns would hold them, some records at a time
 */
export function contentKeys(
  records: Pick<Examples, 'length' | 'columns'>,
  fields: Readonly<Record<string, Field>>,
  read: Readonly<Record<string, () => Iterable<Column['values']>>> = {},
): ContentKeys | undefined {
  const names = Object.keys(fields).sort();
  if (names.some((name) => records.columns[name] === undefined && read[name] === undefined)) return undefined;
  const hashes = new Hashes(records.length);
  for (const name of names) {
    const size = sizeOf(fields[name]!);
    const column = records.columns[name];
    if (column !== undefined) addColumn(hashes, column, size, records.length);
    else {
      let first = 0;
      for (const values of read[name]!()) {
        addColumn(hashes, { values }, size, values.length / size, first);
        first += values.length / size;
      }
    }
  }
  return hashes.keys();
}

function addColumn(hashes: Hashes, { values, step, offset = 0, starts }: Column, size: number, length: number, first = 0): void {
  const bytes = values.BYTES_PER_ELEMENT;
  const isEven = [values.byteOffset, offset * bytes, (step ?? size) * bytes, size * bytes].every((place) => place % 4 === 0);
  const isWords = isEven && (starts === undefined || bytes === 4);
  const { buffer, byteOffset, byteLength } = values;
  const view = isWords ? new Int32Array(buffer, byteOffset, byteLength >> 2) : new Uint8Array(buffer, byteOffset, byteLength);
  const scale = bytes / view.BYTES_PER_ELEMENT;
  for (let i = 0; i < length; i++) {
    const from = (starts === undefined ? offset + i * (step ?? size) : starts[i]!) * scale;
    hashes.add(first + i, view, from, from + size * scale);
  }
}

/** The keys of rows of a table: of all its columns, read or not. */
export function rowKeys(columns: Iterable<TableColumn>, rows: ArrayLike<number>): ContentKeys {
  const hashes = new Hashes(rows.length);
  const number = new Float64Array(1);
  const words = new Int32Array(number.buffer);
  for (const column of columns) {
    for (let i = 0; i < rows.length; i++) {
      const cell = column.at(rows[i]!);
      const value = typeof cell === 'string' ? valueOf(cell) : cell;
      if (typeof value === 'number') {
        number[0] = value;
        hashes.add(i, words, 0, 2);
      } else if (value === null) hashes.add(i, missing, 0, 1);
      else hashes.addText(i, value);
    }
  }
  return hashes.keys();
}

const missing = Int32Array.of(-1);
const isNumber = /^-?\d{1,15}(\.\d{1,15})?$/;

/**
 * A number counts as one where it is a text as well: a word in one row makes texts of the numbers of all. So does a time, however it is
 * written: a clock in one row gives one to the days of all, and not all formats have times.
 */
function valueOf(text: string): number | string {
  if (isNumber.test(text)) return Number(text);
  const time = timeOf(text);
  return Number.isNaN(time) ? text : writtenTime(time).replace(/ 00:00:00$/, '');
}

/** The key of a text alone. */
export const textKey = (text: string): number => rowKeys([columnOf([text])], [0])[0]!;
