import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sqlite from 'node-sqlite3-wasm';
import { afterAll, describe, expect, it } from 'vitest';
import { DatasetError } from '../../src/data/dataset-error.js';
import { readTable } from '../../src/data/table.js';
import { cellsOf, tableCells } from './cells.js';

const folder = mkdtempSync(join(tmpdir(), 'nn-sqlite-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A database made by statements of SQL. */
function databaseOf(name: string, ...statements: string[]): string {
  const path = join(folder, name);
  const database = new sqlite.Database(path);
  for (const statement of statements) database.exec(statement);
  database.close();
  return path;
}

const people = [
  'CREATE TABLE people (name TEXT, age INTEGER, height REAL, id INTEGER)',
  `INSERT INTO people VALUES ('Ann "A"', 31, 1.75, 9007199254740993), ('Börje\nB', NULL, 1.5, 2), (NULL, 40, 2, 3)`,
];

const errorOf = async (reading: Promise<unknown>): Promise<DatasetError> => {
  const error: unknown = await reading.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DatasetError);
  return error as DatasetError;
};

describe('a database of SQLite', () => {
  it('is read row by row, with what is missing', async () => {
    const path = databaseOf('people.sqlite', ...people);
    const { columns, length, provenance } = await readTable([path]);
    expect(length).toBe(3);
    expect(tableCells({ columns })).toEqual({
      name: ['Ann "A"', 'Börje\nB', null],
      age: [31, null, 40],
      height: [1.75, 1.5, 2],
      id: [Number(9007199254740993n), 2, 3],
    });
    expect(provenance).toEqual([{ file: path, md5: expect.stringMatching(/^[0-9a-f]{32}$/) }]);
  });

  it('is asked by SQL, and leaves nothing behind', async () => {
    const path = databaseOf('asked.db', ...people);
    const before = readdirSync(folder);
    const { columns } = await readTable([path], { query: 'SELECT avg(height) AS mean FROM data WHERE age IS NOT NULL' });
    expect(cellsOf(columns.get('mean')!)).toEqual([1.875]);
    expect(readdirSync(folder)).toEqual(before);
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it('of several tables and views needs the name of one', async () => {
    const path = databaseOf('two.db', ...people, 'CREATE VIEW old AS SELECT name FROM people WHERE age > 35');
    const several = await errorOf(readTable([path]));
    expect(several.message).toBe(`${path} has 2 tables, expected one`);
    expect(several.hint).toBe('name one in `table`: it has old, people');
    expect((await readTable([path], { table: 'old' })).length).toBe(1);
    const missing = await errorOf(readTable([path], { table: 'peple' }));
    expect({ path: missing.path, message: missing.message }).toEqual({
      path: ['table'],
      message: `${path} has no table "peple"`,
    });
    expect(missing.unknown).toEqual({ word: 'peple', names: ['old', 'people'] });
  });

  it.each([
    ['no rows', ['CREATE TABLE t (x)'], 'the table "t" has no rows'],
    ['no table', ['CREATE TABLE t (x)', 'DROP TABLE t'], 'has 0 tables, expected one'],
    ['binary data', ['CREATE TABLE t (x)', "INSERT INTO t VALUES (x'00ff')"], 'column "x" of "t" holds binary data in row 1'],
  ])('with %s is refused', async (name, statements, message) => {
    const path = databaseOf(`${name.replace(' ', '-')}.db`, ...statements);
    expect((await errorOf(readTable([path]))).message).toContain(message);
  });

  it('that is none is refused, and so is a table of a file that has none', async () => {
    const path = join(folder, 'text.db');
    writeFileSync(path, 'this is a text, and no database at all '.repeat(30));
    const error = await errorOf(readTable([path]));
    expect(error.message).toBe(`${path}: SQLite says: file is not a database`);
    const csv = join(folder, 'some.csv');
    writeFileSync(csv, 'a,b\n1,2\n');
    expect((await errorOf(readTable([csv], { table: 'a' }))).path).toEqual(['table']);
  });

  it('is read where nothing can be written', async () => {
    const path = databaseOf('locked.db', ...people);
    chmodSync(path, 0o444);
    expect((await readTable([path])).length).toBe(3);
  });
});
