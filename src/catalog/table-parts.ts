import { type ContentKeys, keysAt, rowKeys } from '../data/content-keys.js';
import { DatasetError } from '../data/dataset-error.js';
import { joinTables } from '../data/joined-tables.js';
import { locateFiles } from '../data/locate.js';
import { type Cut, type SplitRecords, type Splitter, byChance } from '../data/split.js';
import { splitColumn } from '../data/split-column.js';
import { type Table, type TableOptions, readTable } from '../data/table.js';
import type { TableColumn } from '../data/table-column.js';
import { momentOf } from '../data/time.js';

/** A table with the rows of both parts. */
export interface PartedTable {
  readonly whole: Table;
  /** The rows without those of files for the test: what columns hold is told by these. */
  readonly own: Table;
  /** The first of the rows that were read from files for the test, which end the table; nothing where some of all rows are taken. */
  readonly testFrom: number | undefined;
}

/** The files of the training part, and those of the test where it has its own. */
export interface TableFiles {
  readonly path: readonly string[];
  readonly test: readonly string[];
}

/** @throws DatasetError where there are none */
export function locateParts(
  { path, test }: { readonly path: string; readonly test: number | string },
  folder: string,
): TableFiles {
  const files = locateFiles(path, folder);
  return { path: files, test: typeof test === 'string' ? locateFiles(test, folder, ['test']) : [] };
}

/**
 * Reads the rows of both parts.
 * @throws DatasetError where the test has other columns than the training part
 */
export async function readParts(files: TableFiles, options: TableOptions): Promise<PartedTable> {
  const whole = await readTable(files.path, options);
  if (files.test.length === 0) return { whole, own: whole, testFrom: undefined };
  const text = [...whole.columns].filter(([, cells]) => holdsText(cells)).map(([name]) => name);
  const held = await readTable(files.test, { ...options, text }).catch((error: unknown) => {
    const isOfFiles = error instanceof DatasetError && error.path[0] === 'path';
    throw isOfFiles ? new DatasetError(['test'], error.message, error.hint === undefined ? {} : { hint: error.hint }) : error;
  });
  const missing = (column: string): never => {
    throw new DatasetError(['test'], `${files.test[0]} has no column "${column}", which ${files.path[0]} has`, {
      hint: `it has ${[...held.columns.keys()].join(', ')}`,
    });
  };
  return { whole: joinTables(whole, held, files.test[0]!, missing), own: whole, testFrom: whole.length };
}

/** Whether a column has words: times, which a query may take apart, are none. */
export const holdsText = (cells: TableColumn): boolean =>
  cells.some((cell) => typeof cell === 'string' && Number.isNaN(momentOf(cell)));

export interface PartOptions {
  /** The part that is kept for the test, where it has no rows of its own. */
  readonly test: number | string;
  readonly seed: number;
  /** The column that classes are split by. */
  readonly target: string;
  readonly splitter?: Splitter | undefined;
}

/** The rows of each part. */
export interface TableParts {
  readonly train: Uint32Array;
  readonly test: Uint32Array;
  /** What features are fitted to: trained on, and not for validation. */
  readonly fitTo: Uint32Array;
  /** Of the records of `train`. */
  readonly validation: Cut;
  readonly keys: { readonly train: ContentKeys; readonly test: ContentKeys };
}

/** @param rows those that can be read */
export function partRows({ whole, testFrom }: PartedTable, rows: Uint32Array, options: PartOptions): TableParts {
  const { splitter = byChance, test: part, seed, target } = options;
  const by = splitColumn(whole, splitter.plan, target);
  const recordsOf = (of: Uint32Array, keys: ContentKeys): SplitRecords => ({
    length: of.length,
    keys,
    by: by && Array.from(of, (row) => by.at(row)),
  });
  // By their names: which column comes first in JSON lines depends on which row does.
  const byName = [...whole.columns].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, cells]) => cells);
  const keys = rowKeys(byName, rows);
  const { rest, held } =
    testFrom === undefined ? splitter.test(recordsOf(rows, keys), part as number, seed) : cutAt(testFrom, rows);
  const [train, test] = [rest, held].map((places) => places.map((place) => rows[place]!)) as [Uint32Array, Uint32Array];
  const ofParts = { train: keysAt(keys, rest), test: keysAt(keys, held) };
  const validation = splitter.validation(recordsOf(train, ofParts.train));
  const fitTo = validation.rest.map((place) => train[place]!);
  return { train, test, fitTo, validation, keys: ofParts };
}

/** The places of rows before one, and those from it on. */
function cutAt(first: number, rows: Uint32Array): Pick<Cut, 'rest' | 'held'> {
  const found = rows.findIndex((row) => row >= first);
  const places = Uint32Array.from(rows, (_, place) => place);
  const end = found < 0 ? rows.length : found;
  return { rest: places.subarray(0, end), held: places.subarray(end) };
}
