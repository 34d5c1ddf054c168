import { isUtf8 } from 'node:buffer';
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as sqlite from 'node-sqlite3-wasm';
import { DatasetError } from './dataset-error.js';

/** Whether a file is taken for a database of SQLite. */
export const isSqlite = (extension: string): boolean => ['.sqlite', '.sqlite3', '.db'].includes(extension);

/** Rows of databases, as JSON lines in a folder of their own that is removed by `dispose`. */
export interface ExportedRows {
  readonly files: readonly string[];
  /** The places of lines that are no rows, from 0 on and in order, where such were left out: among those of all files. */
  readonly leftOut?: readonly number[];
  dispose(): void;
}

const linesAtOnce = 10_000;

/**
 * Copies a table or view of each database to JSON lines: DuckDB would have to download what reads SQLite.
 * @param table its name; needed where a database has several
 * @throws DatasetError if a file is no database, or cut off, there is no such table, or it holds binary data, text that is not UTF-8 or no row
 */
export async function exportRows(databases: readonly string[], table: string | undefined): Promise<ExportedRows> {
  const { default: api } = (await import('node-sqlite3-wasm')) as unknown as { default: typeof sqlite };
  const folder = mkdtempSync(join(tmpdir(), 'nn-sqlite-'));
  const dispose = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const files = databases.map((path, i) => {
      const file = join(folder, `${i}.jsonl`);
      exportDatabase(api, path, table, file);
      return file;
    });
    return { files, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

function exportDatabase(api: typeof sqlite, path: string, wanted: string | undefined, to: string): void {
  let database: sqlite.Database | undefined;
  const isUtf16 = checkHeader(path);
  const file = openSync(to, 'w');
  try {
    database = new api.Database(path, { readOnly: true, fileMustExist: true });
    const name = tableOf(database, path, wanted);
    const statement = database.prepare(`SELECT * FROM "${name.replaceAll('"', '""')}"`);
    let lines: string[] = [];
    let rows = 0;
    const foreign = new Set<string>();
    try {
      for (const row of statement.iterate()) {
        for (const [column, value] of Object.entries(row)) {
          if (typeof value === 'string' && /[^\0-\x7f]/.test(value)) foreign.add(column);
        }
        lines.push(lineOf(row, path, name, ++rows));
        if (lines.length < linesAtOnce) continue;
        writeSync(file, lines.join(''));
        lines = [];
      }
    } finally {
      statement.finalize();
    }
    if (rows === 0) throw new DatasetError(['path'], `${path}: the table "${name}" has no rows`);
    for (const column of isUtf16 ? [] : foreign) requireUtf8(database, path, name, column);
    writeSync(file, lines.join(''));
  } catch (cause) {
    if (!(cause instanceof api.SQLite3Error)) throw cause;
    throw new DatasetError(['path'], `${path}: SQLite says: ${cause.message}`, {
      hint: 'it must be a database of SQLite that nothing else writes; one in WAL mode is changed by PRAGMA journal_mode = DELETE',
      cause,
    });
  } finally {
    closeSync(file);
    database?.close();
  }
}

/**
 * What SQLite finds beyond the end of a file is zeros, and a row of zeros is one whose values are missing.
 * @returns whether texts are UTF-16, of which SQLite makes UTF-8 itself
 * @throws DatasetError if the file is shorter than its header says (https://www.sqlite.org/fileformat.html, 1.3)
 */
function checkHeader(path: string): boolean {
  const header = Buffer.alloc(100);
  const file = openSync(path, 'r');
  try {
    if (readSync(file, header) < header.length || header.toString('latin1', 0, 15) !== 'SQLite format 3') return false;
    const said = header.readUInt16BE(16);
    const pageBytes = said === 1 ? 2 ** 16 : said;
    const [change, pages, validFor] = [24, 28, 92].map((at) => header.readUInt32BE(at)) as [number, number, number];
    const { size } = fstatSync(file);
    // Old programs leave the number of pages as it is.
    const expected = change === validFor ? pages * pageBytes : Math.ceil(size / pageBytes) * pageBytes;
    if (size >= expected) return header.readUInt32BE(56) > 1;
    throw new DatasetError(['path'], `${path} is cut off: it has ${size} bytes, expected ${expected}`, {
      hint: 'copy or download it again',
    });
  } finally {
    closeSync(file);
  }
}

/**
 * SQLite keeps the bytes of texts as they are, and reading them makes letters of whatever they are.
 * @throws DatasetError at the first text of a column that is not UTF-8
 */
function requireUtf8(database: sqlite.Database, path: string, table: string, column: string): void {
  const [from, cell] = [table, column].map((name) => `"${name.replaceAll('"', '""')}"`);
  // With the whole rows, so that they come in the same order.
  const statement = database.prepare(
    `SELECT *, CAST(${cell} AS BLOB) AS "nn: bytes", typeof(${cell}) AS "nn: type" FROM ${from}`,
  );
  try {
    let rows = 0;
    for (const row of statement.iterate()) {
      rows++;
      if (row['nn: type'] !== 'text' || isUtf8(row['nn: bytes'] as Uint8Array)) continue;
      throw new DatasetError(
        ['path'],
        `${path}: column "${column}" of "${table}" holds a text in row ${rows} that is not UTF-8`,
        {
          hint: 'write it anew in UTF-8, or make a view without it, and name that in `table`',
        },
      );
    }
  } finally {
    statement.finalize();
  }
}

function tableOf(database: sqlite.Database, path: string, wanted: string | undefined): string {
  const names = database
    .all(
      "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )
    .map(({ name }) => String(name));
  const hint = names.length === 0 ? 'it is empty' : `it has ${names.join(', ')}`;
  if (wanted === undefined) {
    if (names.length === 1) return names[0]!;
    throw new DatasetError(['path'], `${path} has ${names.length} tables, expected one`, {
      hint: names.length === 0 ? hint : `name one in \`table\`: ${hint}`,
    });
  }
  if (names.includes(wanted)) return wanted;
  throw new DatasetError(['table'], `${path} has no table "${wanted}"`, { hint, unknown: { word: wanted, names } });
}

/** A row as a line of JSON. Whole numbers beyond 2^53 keep their digits. */
function lineOf(row: object, path: string, table: string, number: number): string {
  const cells = Object.entries(row).map(([column, value]: [string, unknown]) => {
    if (value instanceof Uint8Array) {
      throw new DatasetError(['path'], `${path}: column "${column}" of "${table}" holds binary data in row ${number}`, {
        hint: 'make a view without it, and name that in `table`',
      });
    }
    return `${JSON.stringify(column)}:${typeof value === 'bigint' ? String(value) : JSON.stringify(value)}`;
  });
  return `{${cells.join(',')}}\n`;
}
