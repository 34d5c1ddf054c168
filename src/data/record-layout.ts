import type { Column, Examples } from './field.js';
import type { PreparedFile } from './prepared-cache.js';
import type { RecordFile } from './readers/record-file.js';

const arrays = { float32: Float32Array, uint16: Uint16Array, uint8: Uint8Array };
type FieldType = keyof typeof arrays;

/** How the fields of records lie side by side. */
export interface RecordLayout {
  readonly fields: readonly { readonly name: string; readonly size: number; readonly type: FieldType }[];
  /** From one record to the next. */
  readonly bytes: number;
}

/** Larger numbers come first and room is left at the end, so that each lies at a multiple of its size. */
export function layOut(fields: RecordLayout['fields']): RecordLayout {
  const sorted = fields.toSorted((a, b) => arrays[b.type].BYTES_PER_ELEMENT - arrays[a.type].BYTES_PER_ELEMENT);
  const length = sorted.reduce((sum, { size, type }) => sum + size * arrays[type].BYTES_PER_ELEMENT, 0);
  const widest = sorted[0] === undefined ? 1 : arrays[sorted[0].type].BYTES_PER_ELEMENT;
  return { fields: sorted, bytes: Math.ceil(length / widest) * widest };
}

/** Fields with the byte of a record at which each begins. */
function placed({ fields }: RecordLayout): (RecordLayout['fields'][number] & { at: number })[] {
  let end = 0;
  return fields.map((field) => {
    const at = end;
    end += field.size * arrays[field.type].BYTES_PER_ELEMENT;
    return { ...field, at };
  });
}

/** Room for one record: its bytes, and the same memory by fields. */
export function recordRoom(layout: RecordLayout): {
  bytes: Uint8Array;
  values: Record<string, Float32Array | Uint16Array | Uint8Array>;
} {
  const buffer = new ArrayBuffer(layout.bytes);
  const values = placed(layout).map(({ name, size, type, at }) => [name, new arrays[type](buffer, at, size)] as const);
  return { bytes: new Uint8Array(buffer), values: Object.fromEntries(values) };
}

/**
 * The records of a prepared file from one on.
 * @param held all of them, where they are in memory
 */
export function preparedRecords(
  { path }: PreparedFile,
  layout: RecordLayout,
  held: Uint8Array | undefined,
  first: number,
): Pick<Examples, 'columns' | 'reader'> {
  if (held === undefined) {
    const options: RecordFile = {
      path,
      start: first * layout.bytes,
      bytes: layout.bytes,
      fields: layout.fields,
      scaled: [],
    };
    return { columns: {}, reader: { type: 'record_file', options } };
  }
  const columns = placed(layout).map(({ name, type, at }): [string, Column] => {
    const Values = arrays[type];
    const step = layout.bytes / Values.BYTES_PER_ELEMENT;
    const values = new Values(held.buffer as ArrayBuffer, held.byteOffset, held.byteLength / Values.BYTES_PER_ELEMENT);
    return [name, { values, step, offset: first * step + at / Values.BYTES_PER_ELEMENT }];
  });
  return { columns: Object.fromEntries(columns) };
}
