import type { ArrayValues, StoredArray } from './array.js';
import { type ContentKeys, contentKeys } from './content-keys.js';
import type { Examples, Field, ReaderSource } from './field.js';
import type { LargeArray } from './large-array.js';
import { rearrange } from './rearrange.js';
import type { Cut } from './split.js';

/** An array that is a field of the records, in memory or in a file. */
export type NamedArray = (StoredArray | LargeArray) & { readonly field: string };

/** All records: columns of what is in memory, and readers of what is not. */
export const recordsOf = (arrays: readonly NamedArray[]): Examples =>
  examplesOf(
    arrays,
    arrays[0]!.length,
    ({ values }) => values,
    (one) => one.reader(one.field),
  );

/**
 * Two parts of the records. What is in memory is put into their order, and not there twice.
 * @param leftOut all that are in neither
 */
export function partRecords(
  arrays: readonly NamedArray[],
  { rest, held }: Cut,
  leftOut: readonly number[] = [],
): Record<'train' | 'test', Examples> {
  const order = new Uint32Array(rest.length + held.length + leftOut.length);
  order.set(rest);
  order.set(held, rest.length);
  order.set(leftOut, rest.length + held.length);
  for (const one of arrays) if ('values' in one) rearrange(one.values, one.values.length / one.length, order);
  const part = (records: Uint32Array, first: number): Examples =>
    examplesOf(
      arrays,
      records.length,
      ({ values, length }) =>
        values.subarray((values.length / length) * first, (values.length / length) * (first + records.length)),
      (one) => one.reader(one.field, records),
    );
  return { train: part(rest, 0), test: part(held, rest.length) };
}

function examplesOf(
  arrays: readonly NamedArray[],
  length: number,
  valuesOf: (one: StoredArray) => ArrayValues,
  readerOf: (one: NamedArray & LargeArray) => ReaderSource,
): Examples {
  const columns = arrays.flatMap((one) => ('values' in one ? [[one.field, { values: valuesOf(one) }] as const] : []));
  const readers = arrays.flatMap((one) => ('values' in one ? [] : [readerOf(one)]));
  return {
    length,
    columns: Object.fromEntries(columns),
    ...(readers.length === 0 ? {} : { reader: { type: 'several', options: readers } }),
  };
}

/** What stands for the content of each record. */
export function keysOf(arrays: readonly NamedArray[], fields: Readonly<Record<string, Field>>): ContentKeys {
  const large = arrays.flatMap((one) => ('values' in one ? [] : [[one.field, () => one.pieces()] as const]));
  return contentKeys(recordsOf(arrays), fields, Object.fromEntries(large))!;
}
