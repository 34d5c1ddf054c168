import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
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
 * @throws DatasetError if a file is no database, there is no such table, or it holds binary data or no row
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
  const file = openSync(to, 'w');
  try {
    database = new api.Database(path, { readOnly: true, fileMustExist: true });
    const name = tableOf(database, path, wanted);
    const statement = database.prepare(`SELECT * FROM "${name.replaceAll('"', '""')}"`);
    let lines: string[] = [];
    let rows = 0;
    try {
      for (const row of statement.iterate()) {
        lines.push(lineOf(row, path, name, ++rows));
        if (lines.length < linesAtOnce) continue;
        writeSync(file, lines.join(''));
        lines = [];
      }
    } finally {
      statement.finalize();
    }
    if (rows === 0) throw new DatasetError(['path'], `${path}: the table "${name}" has no rows`);
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
