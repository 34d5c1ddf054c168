import { DatasetError } from '../data/dataset-error.js';
import type { Column, Examples, Field } from '../data/field.js';
import { readPrepared, temporaryPrepared, writePrepared } from '../data/prepared-cache.js';
import { type RecordLayout, layOut, preparedRecords, recordRoom } from '../data/record-layout.js';
import { sharedArray } from '../data/shared.js';
import type { Table } from '../data/table.js';
import type { CellEncoder } from './feature.js';

/** Columns of a table that together are a field of the records. */
export interface RowEncoder {
  readonly field: Field;
  readonly columns: readonly {
    readonly name: string;
    readonly path: readonly (string | number)[];
    readonly encoder: CellEncoder;
  }[];
  readonly Values: typeof Float32Array | typeof Uint16Array;
}

const widthOf = ({ columns }: RowEncoder): number => columns.reduce((sum, { encoder }) => sum + encoder.size, 0);

/** Writes what a row becomes from a place on, where zeros stand. */
function rowWriter(whole: Table, { columns }: RowEncoder): (row: number, values: Float32Array | Uint16Array, at: number) => void {
  const cells = columns.map(({ name }) => whole.columns.get(name)!);
  return (row, values, start) => {
    let at = start;
    for (const [i, { name, path, encoder }] of columns.entries()) {
      const wrong = encoder.write(cells[i]!.at(row), values, at);
      if (wrong) throw new DatasetError(path, `${whole.nameOf(row)}, column "${name}": ${wrong.message}`, { hint: wrong.hint });
      at += encoder.size;
    }
  };
}

/** 2 GiB of 32-bit numbers. */
const mostValues = 2 ** 29;

/** What rows become, in memory. */
export function encodeRows(whole: Table, encoder: RowEncoder, rows: Uint32Array): Column {
  const width = widthOf(encoder);
  if (rows.length * width > mostValues) {
    throw new DatasetError(['features'], `${rows.length} rows of ${width} values each are too much to be held in memory`, {
      hint: 'take fewer rows or fewer categories, or a smaller `memory_mb`, beyond which rows are kept in a file',
    });
  }
  const values = sharedArray<Float32Array | Uint16Array>(encoder.Values, rows.length * width);
  const write = rowWriter(whole, encoder);
  for (let i = 0; i < rows.length; i++) write(rows[i]!, values, i * width);
  return { values };
}

/** Where encoded rows are put. */
export interface RowStorage {
  /** Bytes that they may take in memory. If they take more, they are in a file. */
  readonly memory: number;
  /** For files that go with the program. */
  readonly folder: string;
  /** A file that is kept. */
  readonly keep?: { readonly path: string; readonly key: string; notes(layout: RecordLayout): unknown } | undefined;
}

/** Some fields of the records of each part. */
type Inputs = Pick<Examples, 'columns' | 'reader'>;

/** What the rows of some parts become, in memory where they fit. */
export async function storeRows(
  whole: Table,
  encoders: Readonly<Record<string, RowEncoder>>,
  parts: readonly Uint32Array[],
  { memory, folder, keep }: RowStorage,
): Promise<Inputs[]> {
  const layout = layOut(
    Object.entries(encoders).map(([name, encoder]) => ({
      name,
      size: widthOf(encoder),
      type: encoder.Values === Uint16Array ? 'uint16' : 'float32',
    })),
  );
  const length = parts.reduce((sum, rows) => sum + rows.length, 0);
  const fits = length * layout.bytes <= memory;
  if (fits && keep === undefined) {
    return parts.map((rows) => {
      const columns = Object.entries(encoders).map(([name, encoder]) => [name, encodeRows(whole, encoder, rows)] as const);
      return { columns: Object.fromEntries(columns) };
    });
  }
  const room = recordRoom(layout);
  const writers = Object.entries(encoders).map(
    ([name, encoder]) => [room.values[name] as Float32Array | Uint16Array, rowWriter(whole, encoder)] as const,
  );
  const path = keep?.path ?? temporaryPrepared(folder);
  const file = await writePrepared(path, keep?.key ?? '', layout.bytes, (append) => {
    for (const rows of parts) {
      for (const row of rows) {
        room.bytes.fill(0);
        for (const [values, write] of writers) write(row, values, 0);
        append(room.bytes);
      }
    }
    return Promise.resolve(keep?.notes(layout));
  });
  const held = fits ? readPrepared(file) : undefined;
  let end = 0;
  return parts.map((rows) => {
    const first = end;
    end += rows.length;
    return preparedRecords(file, layout, held, first);
  });
}
