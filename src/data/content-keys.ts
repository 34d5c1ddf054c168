import { randomInteger } from '../random.js';
import type { Column, Examples, Field } from './field.js';
import type { Cell } from './table.js';

/**
 * What stands for the content of each record: equal ones for equal records, and, in all likelihood, different ones for different records.
 * Whole numbers below 2^53.
 */
export type ContentKeys = Float64Array;

/** Two hashes of 32 bits of each record, which take up one word after the other. */
class Hashes {
  private readonly a: Int32Array;
  private readonly b: Int32Array;

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

  keys(): ContentKeys {
    return Float64Array.from(this.a, (a, i) => (a >>> 0) * 2 ** 21 + (randomInteger(this.b[i]!, 0) >>> 11));
  }
}

const sizeOf = ({ shape }: Field): number => shape.reduce((product, axis) => product * axis, 1);

/** The keys of records in memory. What a reader makes is not known before it is read: then there are none. */
export function contentKeys(records: Examples, fields: Readonly<Record<string, Field>>): ContentKeys | undefined {
  const names = Object.keys(fields).sort();
  if (names.some((name) => records.columns[name] === undefined)) return undefined;
  const hashes = new Hashes(records.length);
  for (const name of names) addColumn(hashes, records.columns[name]!, sizeOf(fields[name]!), records.length);
  return hashes.keys();
}

function addColumn(hashes: Hashes, { values, step, offset = 0, starts }: Column, size: number, length: number): void {
  const bytes = values.BYTES_PER_ELEMENT;
  const isEven = [values.byteOffset, offset * bytes, (step ?? size) * bytes, size * bytes].every((place) => place % 4 === 0);
  const isWords = isEven && (starts === undefined || bytes === 4);
  const { buffer, byteOffset, byteLength } = values;
  const view = isWords ? new Int32Array(buffer, byteOffset, byteLength >> 2) : new Uint8Array(buffer, byteOffset, byteLength);
  const scale = bytes / view.BYTES_PER_ELEMENT;
  for (let i = 0; i < length; i++) {
    const from = (starts === undefined ? offset + i * (step ?? size) : starts[i]!) * scale;
    hashes.add(i, view, from, from + size * scale);
  }
}

/** The keys of rows of a table: of all its columns, read or not. */
export function rowKeys(columns: Iterable<readonly Cell[]>, rows: readonly number[]): ContentKeys {
  const hashes = new Hashes(rows.length);
  const number = new Float64Array(1);
  const words = new Int32Array(number.buffer);
  for (const cells of columns) {
    for (let i = 0; i < rows.length; i++) {
      const cell = cells[rows[i]!]!;
      if (typeof cell === 'number') {
        number[0] = cell;
        hashes.add(i, words, 0, 2);
      } else {
        const codes = cell === null ? [-1] : lettersOf(cell);
        hashes.add(i, codes, 0, codes.length);
      }
    }
  }
  return hashes.keys();
}

/** The letters of a text, with its length before them, so that no two texts together are like two others. */
function lettersOf(text: string): number[] {
  const codes = [text.length];
  for (let i = 0; i < text.length; i++) codes.push(text.charCodeAt(i));
  return codes;
}

/** The key of a text alone. */
export const textKey = (text: string): number => rowKeys([[text]], [0])[0]!;
