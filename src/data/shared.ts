import type { Column, Examples } from './field.js';

/** Numbers that all threads see. */
export const sharedFloats = (length: number): Float32Array<SharedArrayBuffer> =>
  new Float32Array(new SharedArrayBuffer(length * 4));

/** Zeros that all threads see. */
export const sharedArray = <Values extends Column['values'] | Uint32Array>(
  Type: new (buffer: SharedArrayBuffer) => Values,
  length: number,
): Values => new Type(new SharedArrayBuffer(length * (Type as unknown as { BYTES_PER_ELEMENT: number }).BYTES_PER_ELEMENT));

/** Records whose columns all threads see; those that they see already are not copied. */
export function shareRecords(records: Examples): Examples {
  const columns = Object.entries(records.columns).map(
    ([name, column]) => [name, { ...column, values: share(column.values) }] as const,
  );
  return { ...records, columns: Object.fromEntries(columns) };
}

function share(values: Column['values']): Column['values'] {
  if (values.buffer instanceof SharedArrayBuffer) return values;
  const copy = new (values.constructor as new (buffer: SharedArrayBuffer) => Column['values'])(
    new SharedArrayBuffer(values.byteLength),
  );
  copy.set(values);
  return copy;
}
