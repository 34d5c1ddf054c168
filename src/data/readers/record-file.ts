import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { UserError } from '../../errors.js';
import type { RecordReader } from '../field.js';

/** Records of one length side by side in a file. */
export interface RecordFile {
  readonly path: string;
  /** Bytes before the first record. */
  readonly start: number;
  /** From one record to the next, where that is more than the fields take. */
  readonly bytes?: number;
  /** The fields of a record, in their order in the file. An `int16` stands for value / 32768. */
  readonly fields: readonly {
    readonly name: string;
    readonly size: number;
    readonly type: 'uint8' | 'uint16' | 'int16' | 'float32';
  }[];
  /** Which of the file's records are those of this part; all of them without it. */
  readonly records?: Uint32Array;
  /** Fields whose bytes stand for value / 255. */
  readonly scaled: readonly string[];
  /** When a file that others may write to was last changed. */
  readonly modified?: number;
}

const arrays = { uint8: Uint8Array, uint16: Uint16Array, int16: Int16Array, float32: Float32Array };

/** Reads single records from the disk, which the system keeps in memory as far as there is room: nothing grows with the file. */
export function openRecordFile({ path, start, fields, records, scaled, modified, bytes: step }: RecordFile): RecordReader {
  const file = openSync(path, 'r');
  if (modified !== undefined && fstatSync(file).mtimeMs !== modified) {
    closeSync(file);
    throw new UserError(`${path} has changed since it was read`, { hint: 'try again when nothing writes to it' });
  }
  const length = fields.reduce((sum, { size, type }) => sum + size * arrays[type].BYTES_PER_ELEMENT, 0);
  const bytes = new Uint8Array(length);
  return {
    read(record, values) {
      const place = start + (records?.[record] ?? record) * (step ?? length);
      if (readSync(file, bytes, 0, length, place) !== length) {
        throw new UserError(`${path} ends before record ${record}`, { hint: 'it has changed since it was opened' });
      }
      let at = 0;
      for (const { name, size, type } of fields) {
        const end = at + size * arrays[type].BYTES_PER_ELEMENT;
        // A view needs its own alignment: the copy is as short as a record.
        const own = new arrays[type](bytes.slice(at, end).buffer);
        const to = values[name]!;
        const factor = type === 'int16' ? 32768 : scaled.includes(name) ? 255 : 1;
        for (let i = 0; i < size; i++) to[i] = own[i]! / factor;
        at = end;
      }
    },
    close: () => closeSync(file),
  };
}
