import type { DuckDBConnection } from '@duckdb/node-api';
import { DatasetError } from './dataset-error.js';
import { listOf, literal } from './duckdb.js';

/** All objects, as they are written, of files for `read_json_objects`. */
const objectsOf = (files: readonly string[]): string =>
  `read_json_objects(${listOf(files.map(literal))}, format = 'auto', maximum_object_size = 134217728)`;

/**
 * DuckDB makes a single column `json` of values where some are no objects.
 * @throws DatasetError with the first of them
 */
export async function requireObjects(connection: DuckDBConnection, files: readonly string[]): Promise<void> {
  for (const file of files) {
    const found = await connection.runAndReadAll(
      `SELECT row, left(json::VARCHAR, 60) FROM (SELECT row_number() OVER () AS row, json FROM ${objectsOf([file])}) ` +
        "WHERE json_type(json) NOT IN ('OBJECT', 'NULL') LIMIT 1",
    );
    const [first] = found.getRowsJS() as [bigint, string][];
    if (first === undefined) continue;
    throw new DatasetError(['path'], `${file}: value ${first[0]} is no object: ${first[1]}`, {
      hint: 'a table is a list of objects, such as [{"a": 1}, {"a": 2}], or one on each line',
    });
  }
}

/** The names that columns have in files of JSON or Parquet, in any order. */
export async function writtenNames(
  connection: DuckDBConnection,
  files: readonly string[],
  kind: 'json' | 'parquet',
): Promise<Set<string>> {
  const names =
    kind === 'json'
      ? `SELECT DISTINCT unnest(json_keys(json)) FROM ${objectsOf(files)} WHERE json_type(json) = 'OBJECT'`
      : `SELECT DISTINCT name FROM parquet_schema(${listOf(files.map(literal))})`;
  return new Set((await connection.runAndReadAll(names)).getRowsJS().map(([name]) => String(name)));
}

/** A key that an object has twice, itself or one in it: which of its values is meant nobody knows. */
export function keyTwice(line: string, value: object): string | undefined {
  // Nearly always as many colons after quotes as keys: looking closer takes longer.
  if (line.match(/"\s*:/g)?.length === Object.keys(value).length) return undefined;
  const open: Set<string>[] = [];
  for (const [token, text, colon] of line.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[[\]{}]/g)) {
    if (text === undefined) {
      if (token === '{' || token === '[') open.push(new Set());
      else open.pop();
    } else if (colon !== undefined) {
      const key = JSON.parse(text) as string;
      if (open.at(-1)!.has(key)) return key;
      open.at(-1)!.add(key);
    }
  }
  return undefined;
}
