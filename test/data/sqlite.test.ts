import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sqlite from 'node-sqlite3-wasm';
import { afterAll, describe, expect, it } from 'vitest';
import { datasets } from '../../src/catalog/datasets/index.js';
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
      id: ['9007199254740993', 2, 3],
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

  it('that is cut off is refused, within a page or between two', async () => {
    const long =
      'WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n LIMIT 2000) ' +
      'INSERT INTO t SELECT value, hex(randomblob(40)) FROM n';
    const path = databaseOf('whole.db', 'CREATE TABLE t (x, y)', long);
    const bytes = readFileSync(path);
    expect((await readTable([path])).length).toBe(2000);
    for (const size of [bytes.length - 1000, bytes.length - 4096]) {
      const cut = join(folder, 'cut.db');
      writeFileSync(cut, bytes.subarray(0, size));
      expect((await errorOf(readTable([cut]))).message).toBe(`${cut} is cut off: it has ${size} bytes, expected ${bytes.length}`);
    }
  });

  it('whose texts are not UTF-8 is refused, unless SQLite knows how they are written', async () => {
    const rows = "INSERT INTO t VALUES ('Börje', '1', 'x'), (NULL, '1', 'ü'), (3, '1', CAST(x'67fc6e' AS TEXT))";
    const path = databaseOf('latin.db', 'CREATE TABLE t (x, "1", "a ""b"" c")', rows);
    expect((await errorOf(readTable([path]))).message).toBe(
      `${path}: column "a "b" c" of "t" holds a text in row 3 that is not UTF-8`,
    );
    const wide = databaseOf(
      'wide.db',
      "PRAGMA encoding = 'UTF-16le'",
      'CREATE TABLE t (x)',
      "INSERT INTO t VALUES ('Börje'), ('🙂')",
    );
    expect(tableCells(await readTable([wide]))).toEqual({ x: ['Börje', '🙂'] });
  });

  it('is read where nothing can be written', async () => {
    const path = databaseOf('locked.db', ...people);
    chmodSync(path, 0o444);
    expect((await readTable([path])).length).toBe(3);
  });
});

describe('a table of a database', () => {
  const context = { folder, cache: folder, log: () => {} };
  const load = (type: string, options: object) => {
    const { options: schema, load: run } = datasets.get(type);
    return run(schema.parse(options), context);
  };

  it('may hold a time series', async () => {
    const rows = Array.from({ length: 30 }, (_, i) => `(${30 - i}, ${(30 - i) / 2})`).join(', ');
    databaseOf(
      'series.db',
      'CREATE TABLE other (x)',
      'CREATE TABLE measured (day INTEGER, value REAL)',
      `INSERT INTO measured VALUES ${rows}`,
    );
    const options = { path: 'series.db', time: 'day', target: 'value', window: 3, standardize: false };
    const { info, train } = await load('time_series', { ...options, table: 'measured' });
    expect(info.inputs.input!.shape).toEqual([3, 1]);
    expect([...train.columns.input!.values.subarray(0, 4)]).toEqual([0.5, 1, 1.5, 2]);
    const error = await errorOf(load('time_series', { ...options, table: 'mesured' }));
    expect(error.path).toEqual(['table']);
    expect((await errorOf(load('time_series', options))).message).toMatch(/has 2 tables, expected one/);
  });

  it('may name files', async () => {
    const texts = ['good', 'bad'].flatMap((label) => [1, 2, 3, 4].map((i) => [`${label}${i}.txt`, label] as const));
    for (const [name, label] of texts) writeFileSync(join(folder, name), `${name} is ${label}`);
    databaseOf(
      'texts.db',
      'CREATE TABLE other (x)',
      'CREATE TABLE reviews (text TEXT, label TEXT)',
      `INSERT INTO reviews VALUES ${texts.map(([name, label]) => `('${name}', '${label}')`).join(', ')}`,
    );
    const { info } = await load('text_files', { path: 'texts.db', table: 'reviews', length: 4 });
    expect(info.targets.target).toMatchObject({ classes: 2, labels: ['bad', 'good'] });
    expect(info.trainLength + info.testLength).toBe(8);
    mkdirSync(join(folder, 'classes', 'a'), { recursive: true });
    for (const type of ['text_files', 'images', 'audio']) {
      const more = type === 'images' ? { image_size: 4 } : type === 'audio' ? { duration: 1 } : { length: 4 };
      const error = await errorOf(load(type, { path: 'classes', table: 'reviews', ...more }));
      expect(error.message).toMatch(/^`table` is for tables of/);
    }
  });

  it('may be followed by new rows that are in no database', async () => {
    const rows = Array.from({ length: 12 }, (_, i) => `(${i}, '${i % 2 === 0 ? 'even' : 'odd'}')`).join(', ');
    databaseOf('train.db', 'CREATE TABLE other (x)', 'CREATE TABLE t (n, y)', `INSERT INTO t VALUES ${rows}`);
    writeFileSync(join(folder, 'new.csv'), 'n\n1\n2\n3\n');
    const options = { path: 'train.db', table: 't', target: 'y', features: { n: 'numeric' } };
    const { fitted } = await load('table', options);
    const { options: schema, newRecords } = datasets.get('table');
    const { records } = await newRecords!.read(schema.parse(options), ['new.csv'], {
      ...context,
      fitted: { dataset: fitted } as never,
    });
    expect(records.length).toBe(3);
  });
});
