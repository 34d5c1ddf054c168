import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { UserError } from '../errors.js';

/** A value of a table: numbers as numbers, everything else as text, `null` where there is none. */
export type Cell = number | string | null;

/** A table in memory. */
export interface Table {
  readonly columns: ReadonlyMap<string, readonly Cell[]>;
  readonly length: number;
  /** The files it was read from, with their checksums. */
  readonly provenance: { file: string; md5: string }[];
}

const readers: Readonly<Record<string, (files: string) => string>> = {
  '.csv': (files) => `read_csv(${files}, strict_mode = true)`,
  '.tsv': (files) => `read_csv(${files}, delim = '\t', strict_mode = true)`,
  '.json': (files) => `read_json(${files}, union_by_name = true, maximum_object_size = 134217728)`,
  '.jsonl': (files) => `read_json(${files}, format = 'newline_delimited', union_by_name = true)`,
  '.ndjson': (files) => `read_json(${files}, format = 'newline_delimited', union_by_name = true)`,
  '.parquet': (files) => `read_parquet(${files}, union_by_name = true)`,
};

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * Reads tables with DuckDB.
 * @param query SQL over the view `data`, which holds all rows of the files; by default all of them
 * @throws UserError if a file is no table, or the query cannot be run, with what DuckDB says of it
 */
export async function readTable(files: readonly string[], query = 'SELECT * FROM data'): Promise<Table> {
  const kinds = new Set(files.map((file) => extname(file.replace(/\.gz$/, '')).toLowerCase()));
  const [kind] = kinds;
  const reader = kind === undefined ? undefined : readers[kind];
  if (reader === undefined || kinds.size > 1) {
    throw new UserError(`${files[0]} is no table that can be read`, {
      hint: `files end with ${Object.keys(readers).join(', ')}, all of them with the same`,
      exit: 'usage',
    });
  }
  const { DuckDBInstance } = await import('@duckdb/node-api');
  // Nothing is written, and nothing is read but what is named here.
  const instance = await DuckDBInstance.create(':memory:', { autoinstall_known_extensions: 'false' });
  const connection = await instance.connect();
  try {
    await connection.run(`CREATE VIEW data AS SELECT * FROM ${reader(`[${files.map(quoted).join(', ')}]`)}`);
    const result = await connection.runAndReadAll(query);
    const names = result.deduplicatedColumnNames();
    const values = result.getColumnsJS();
    const columns = new Map(names.map((name, i) => [name, values[i]!.map(cellOf)]));
    const provenance = files.map((file) => ({ file, md5: createHash('md5').update(readFileSync(file)).digest('hex') }));
    return { columns, length: result.currentRowCount, provenance };
  } catch (cause) {
    const [said] = (cause as Error).message.split('\n\n');
    throw new UserError(`${files.length === 1 ? files[0] : `${files[0]} and ${files.length - 1} others`}: ${said}`, {
      hint: 'correct the file, or the query, which reads the table `data`',
      cause,
    });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function cellOf(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * Which rows are for the test: each by its own content, so that a row more or less moves no other.
 * @param part the part of all rows, on average
 */
export function splitByContent(table: Table, part: number, seed: number): { train: number[]; test: number[] } {
  const names = [...table.columns.keys()];
  const split: { train: number[]; test: number[] } = { train: [], test: [] };
  const seen = new Map<string, boolean>();
  for (let row = 0; row < table.length; row++) {
    const content = JSON.stringify(names.map((name) => table.columns.get(name)![row]));
    let isTest = seen.get(content);
    if (isTest === undefined) {
      const hash = createHash('md5').update(`${seed}/${content}`).digest().readUInt32BE(0);
      seen.set(content, (isTest = hash / 2 ** 32 < part));
    }
    (isTest ? split.test : split.train).push(row);
  }
  return split;
}
