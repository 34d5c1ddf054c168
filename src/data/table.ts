import { statSync } from 'node:fs';
import { extname } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import type { DuckDBConnection, DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api';
import { UserError } from '../errors.js';
import { readCsvHeader } from './csv-header.js';
import { DatasetError } from './dataset-error.js';
import { complaint, csvDialect, listOf, literal, notUtf8, openDatabase, quoted } from './duckdb.js';
import { requireObjects, writtenNames } from './json-problems.js';
import { fileProvenance, md5OfFile } from './provenance.js';
import { copyReadableLines, copyReadableObjects } from './readable-lines.js';
import { exportRows, isSqlite } from './sqlite.js';
import { rowNumbers } from './row-numbers.js';
import { writtenClock, writtenTime } from './time.js';
import { type Cell, ColumnBuilder, type TableColumn } from './table-column.js';

/** A table in memory. */
export interface Table {
  readonly columns: ReadonlyMap<string, TableColumn>;
  readonly length: number;
  /** The number that a row has in the files, or in what a query makes of them: from 1 on, lines that were left out included. */
  readonly numberOf: (row: number) => number;
  /** For people: `row 3`. */
  readonly nameOf: (row: number) => string;
  /** The columns of the files, which a query may make others of. */
  readonly source: readonly string[];
  /** Those of `expected` that the files lack. */
  readonly lacking: readonly string[];
  /** The files it was read from, with their checksums. */
  readonly provenance: { file: string; md5: string }[];
}

export interface TableOptions {
  /** Is told of lines of CSV files and JSON lines that are no rows; without it they are errors. */
  readonly skipped?: ((line: string) => void) | undefined;
  /** The table or view of a database of SQLite; by default its only one. */
  readonly table?: string | undefined;
  /** SQL over the table `data`, which has all rows of the files; by default all of them. */
  readonly query?: string | undefined;
  /** Whether the first line of a CSV file has the names of the columns. */
  readonly header?: boolean;
  /** Columns of CSV files that are text, whatever stands in them: in a few rows `01` would be taken for a number. */
  readonly text?: readonly string[];
  /** Columns that a query may name: those that the files lack have no value in any row. */
  readonly expected?: readonly string[] | undefined;
}

/** The function of DuckDB that reads files. `format` is what it is told beside their names. */
interface Reader {
  readonly call: string;
  readonly format: (files: readonly string[], options: TableOptions) => string;
}

// All rows are looked at to tell a column's type: one that is known by its first rows fails at a later one.
const csv: Reader = { call: 'read_csv', format: (files, options) => `${csvFormat(files, options)}, sample_size = -1` };
const json = (more: string): Reader => ({
  call: 'read_json',
  format: () => `union_by_name = true, sample_size = -1, maximum_sample_files = 1000000, maximum_object_size = 134217728${more}`,
});
const jsonLines = json(", format = 'newline_delimited'");
const readers: Readonly<Record<string, Reader>> = {
  '.csv': csv,
  '.tsv': csv,
  '.json': json(''),
  '.jsonl': jsonLines,
  '.ndjson': jsonLines,
  '.parquet': { call: 'read_parquet', format: () => 'union_by_name = true' },
};

const extensionOf = (file: string): string => extname(file.replace(/\.gz$/, '')).toLowerCase();

/** Whether all files are databases of SQLite, by their names. */
export const areDatabases = (files: readonly string[]): boolean => files.every((file) => isSqlite(extensionOf(file)));

/**
 * Reads tables with DuckDB. The rows come in the order of the files and their lines, or in the query's.
 * @throws DatasetError if a file is no table, or the query cannot be run, with what DuckDB says of it
 */
export async function readTable(files: readonly string[], options: TableOptions = {}): Promise<Table> {
  const isDatabase = areDatabases(files);
  if (options.table !== undefined && !isDatabase) {
    throw new DatasetError(['table'], `${files[0]} is no database of SQLite, of which a table could be named`, {
      hint: 'leave it out',
    });
  }
  const empty = files.find((file) => statSync(file).size === 0);
  if (empty !== undefined) throw new DatasetError(['path'], `${empty} is empty`);
  const { skipped, header = true } = options;
  const isCsv = !isDatabase && readerOf(files) === csv;
  if (isCsv && header) checkNames(files);
  const versions = files.map(versionOf);
  const copied = isDatabase
    ? await exportRows(files, options.table)
    : isCsv && skipped !== undefined
      ? await copyReadableLines(files, header, { delimiterOf, skipped })
      : skipped !== undefined && !isDatabase && readerOf(files) === jsonLines
        ? await copyReadableObjects(files, skipped)
        : undefined;
  try {
    const provenance = fileProvenance(
      files.map((path) => ({ path })),
      files.map(md5OfFile),
    );
    const leftOut = options.query === undefined ? copied?.leftOut : undefined;
    const read = { ...(await readFiles(copied?.files ?? files, options)), ...namesOfRows(rowNumbers(leftOut ?? [])) };
    const changed = files.find((file, i) => versionOf(file) !== versions[i]);
    if (changed === undefined) return { ...read, provenance };
    throw new DatasetError(['path'], `${changed} changed while it was read`, { hint: 'try again when nothing writes to it' });
  } catch (error) {
    const place = copied?.files.findIndex((copy) => (error as Error).message.includes(copy)) ?? -1;
    if (place < 0 || !(error instanceof DatasetError)) throw error;
    // People know nothing of the copy.
    const message = error.message.replaceAll(copied!.files[place]!, files[place]!);
    throw new DatasetError(error.path, message, { cause: error, ...(error.hint === undefined ? {} : { hint: error.hint }) });
  } finally {
    copied?.dispose();
  }
}

/** Another one whenever the file has been written to. */
function versionOf(file: string): string {
  const stats = statSync(file, { throwIfNoEntry: false });
  return `${stats?.ino} ${stats?.size} ${stats?.mtimeMs}`;
}

async function readFiles(
  files: readonly string[],
  options: TableOptions,
): Promise<Omit<Table, 'provenance' | 'numberOf' | 'nameOf'>> {
  const reader = readerOf(files);
  const key = options.query === undefined ? 'path' : 'query';
  const { connection, close } = await openDatabase();
  try {
    const known = await createView(connection, files, reader, options);
    const { query, names } = await checkedQuery(connection, options.query ?? 'SELECT * FROM data');
    const twice = names.find((name, i) => names.indexOf(name) < i);
    if (twice !== undefined) {
      throw new DatasetError(['query'], `the query gives two columns called "${twice}"`, { hint: 'name one of them with AS' });
    }
    // Where DuckDB fails after the first rows, they end as if there were no more: what ends them says that they are all.
    const end = `SELECT ${names.map(() => 'NULL, ').join('')}TRUE`;
    const result = await connection.stream(`SELECT *, FALSE FROM (${query}\n) UNION ALL ${end}`);
    const [columns, ends] = await readColumns(result, names.length, key);
    if (!ends) {
      await findBadLine(reader, files, options.header ?? true);
      await connection.run(`SELECT count(hash(COLUMNS(*))) FROM (${query}\n)`); // which says what is wrong
      throw new Error('the rows end before their end');
    }
    return {
      ...known,
      columns: new Map(names.map((name, i) => [name, columns[i]!])),
      length: columns[0]?.length ?? 0,
    };
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    if (key === 'path') await findBadLine(reader, files, options.header ?? true);
    throw complaint(cause as Error, files, key);
  } finally {
    close();
  }
}

/** A function of its own: it would else keep alive what was read. */
const namesOfRows = (numberOf: Table['numberOf']): Pick<Table, 'numberOf' | 'nameOf'> => ({
  numberOf,
  nameOf: (row) => `row ${numberOf(row)}`,
});

/** Some thousand rows at a time: DuckDB never has all of them. */
async function readColumns(result: DuckDBResult, count: number, key: 'path' | 'query'): Promise<[TableColumn[], boolean]> {
  const { DuckDBTypeId, JSDuckDBValueConverter: converter } = await import('@duckdb/node-api');
  const builders = Array.from({ length: count }, () => new ColumnBuilder());
  try {
    let ends = false;
    for await (const chunk of chunksOf(result)) {
      ends = chunk.getColumnValues(count).at(-1) === true;
      const length = chunk.rowCount - (ends ? 1 : 0);
      for (const [i, builder] of builders.entries()) {
        const type = result.columnTypeId(i);
        const said = type === DuckDBTypeId.DATE ? 'day' : type === DuckDBTypeId.TIME ? 'clock' : undefined;
        const values = chunk.convertColumnValues(i, converter);
        for (let row = 0; row < length; row++) builder.add(cellOf(values[row], said));
      }
      if (!hasRoom()) throw tooLarge(key);
    }
    return [builders.map((builder) => builder.build()), ends];
  } catch (cause) {
    if (!(cause instanceof RangeError && cause.message.includes('allocation failed'))) throw cause;
    throw tooLarge(key);
  }
}

/** Rows as they come. DuckDB makes the next ones, in its own thread, while some are looked at. */
async function* chunksOf(result: DuckDBResult): AsyncIterable<DuckDBDataChunk> {
  let next = result.fetchChunk();
  try {
    for (let chunk = await next; chunk !== null && chunk.rowCount > 0; chunk = await next) {
      next = result.fetchChunk();
      yield chunk;
    }
  } finally {
    await next.catch(() => undefined); // the connection is not closed before it has come
  }
}

/** The engine ends the program where texts take more than it allows; some of that is for what has just been made. */
const hasRoom = (): boolean => {
  const { used_heap_size: used, heap_size_limit: most } = getHeapStatistics();
  return used < 0.8 * (most - 2 ** 26);
};

const tooLarge = (key: 'path' | 'query'): DatasetError =>
  new DatasetError([key], 'the table is too large to be held in memory', {
    hint: 'each number takes eight bytes, each other value four, and each different text its letters: take fewer columns or rows in `query`',
  });

function readerOf(files: readonly string[]): Reader {
  const kinds = [...new Set(files.map(extensionOf))];
  const known = [...Object.keys(readers), '.sqlite', '.db'].join(', ');
  if (kinds.length > 1) {
    throw new DatasetError(['path'], `the files end with ${kinds.join(' and ')}`, {
      hint: 'tables are read from files of one kind',
    });
  }
  const reader = readers[kinds[0]!];
  if (reader !== undefined) return reader;
  throw new DatasetError(['path'], `${files[0]} is no table that can be read`, {
    hint: `files end with ${known}, text also with .gz; save others, such as those of Excel, as CSV or Parquet`,
  });
}

/** DuckDB would number columns of one name. */
function checkNames(files: readonly string[]): void {
  for (const file of files) {
    // Spaces around them count for nothing.
    const names = readCsvHeader(file, delimiterOf(files[0]!)).names.map((name) => name.trim());
    const lower = names.map((name) => name.toLowerCase());
    const twice = names.find((name, i) => name !== '' && lower.indexOf(name.toLowerCase()) < i);
    if (twice !== undefined) {
      throw new DatasetError(['path'], `${file} has two columns called "${twice}"`, {
        hint: 'capital letters count as small ones; rename one in its first line, or say `header: false` where that holds values',
      });
    }
  }
}

/** DuckDB puts a number behind a name that is there in other letters: `A` beside `a` becomes `A_1`. */
async function checkRenamed(
  connection: DuckDBConnection,
  files: readonly string[],
  reader: Reader,
  names: readonly string[],
): Promise<void> {
  const lower = new Set(names.map((name) => name.toLowerCase()));
  const doubtful = names.filter((name) => /_\d+$/.test(name) && lower.has(name.replace(/_\d+$/, '').toLowerCase()));
  if (reader === csv || doubtful.length === 0) return;
  const written = await writtenNames(connection, files, reader.call === 'read_json' ? 'json' : 'parquet');
  const renamed = doubtful.find((name) => !written.has(name));
  if (renamed === undefined) return;
  const name = renamed.replace(/_\d+$/, '');
  throw new DatasetError(
    ['path'],
    `${files.length === 1 ? files[0] : 'the table of all files'} has two columns called "${name}"`,
    {
      hint: `capital letters count as small ones; rename one, or make one of them in \`query\`, in which the second is called "${renamed}"`,
    },
  );
}

const delimiterOf = (file: string): string => (extensionOf(file) === '.tsv' ? '\t' : readCsvHeader(file).delimiter);

/**
 * What columns of a CSV may be taken for. `True` and `10:30` stay as they are written, and so do dates but those of ISO 8601: whether
 * 03/04/2024 is in March would be guessed from the days of the file, and for another file otherwise.
 */
const csvTypes =
  "auto_type_candidates = ['BIGINT', 'DOUBLE', 'DATE', 'TIMESTAMP', 'TIMESTAMPTZ', 'VARCHAR'], " +
  "dateformat = '%Y-%m-%d', timestampformat = '%Y-%m-%d %H:%M:%S'";

/** DuckDB leaves lines out where that lets the others make a table, unless it is told how they are written. */
function csvFormat([file = '']: readonly string[], { header = true, text = [] }: TableOptions): string {
  const delimiter = delimiterOf(file);
  const names = header ? readCsvHeader(file, delimiter).names : text;
  const types = text.filter((name) => names.includes(name)).map((name) => `${literal(name)}: 'VARCHAR'`);
  const said = types.length === 0 ? '' : `, types = {${types.join(', ')}}`;
  return `${csvDialect(delimiter, header)}, ${csvTypes}, union_by_name = ${header}${said}`;
}

/**
 * Reads texts of JSON as they are written. DuckDB takes them for times or UUIDs where all of them look so, and puts quotes around those
 * that are in one column with numbers: a file of other rows would give the same text otherwise.
 * @param text columns that are text even where they look like dates
 */
function asWritten(call: string, columns: readonly { name: string; type: string }[], text: readonly string[]): string {
  const isText = ({ name, type }: { name: string; type: string }): boolean =>
    ['TIME', 'UUID'].includes(type) || (/^(DATE|TIMESTAMP.*)$/.test(type) && text.includes(name));
  const types = columns.map((column) => `${quoted(column.name)}: ${quoted(isText(column) ? 'VARCHAR' : column.type)}`);
  const said = columns.some(isText) ? `, columns = {${types.join(', ')}}` : '';
  const mixed = columns
    .filter(({ type }) => type === 'JSON')
    .map(({ name }) => `"${name.replaceAll('"', '""')}"`)
    .map((name) => `${name} ->> '$' AS ${name}`);
  return `SELECT *${mixed.length === 0 ? '' : ` REPLACE (${mixed.join(', ')})`} FROM ${call}${said})`;
}

/** Makes `data`. From then on nothing else can be read, and nothing written. */
async function createView(
  connection: DuckDBConnection,
  files: readonly string[],
  reader: Reader,
  options: TableOptions,
): Promise<Pick<Table, 'source' | 'lacking'>> {
  const list = listOf(files.map(literal));
  const call = `${reader.call}(${list}, ${reader.format(files, options)}`;
  try {
    const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${call})`);
    const columns = (described.getRowsJS() as [string, string][]).map(([name, type]) => ({ name, type }));
    const source = columns.map(({ name }) => name);
    if (reader.call === 'read_json' && source.join() === 'json' && options.query === undefined) {
      await findBadLine(reader, files, false);
      await requireObjects(connection, files);
    }
    if (options.query === undefined) await checkRenamed(connection, files, reader, source);
    const rows = reader.call === 'read_json' ? asWritten(call, columns, options.text ?? []) : `SELECT * FROM ${call})`;
    const lower = new Set(source.map((name) => name.toLowerCase()));
    const lacking = (options.expected ?? []).filter((name) => !lower.has(name.toLowerCase()));
    const missing = lacking.map((name) => `, NULL AS "${name.replaceAll('"', '""')}"`).join('');
    await connection.run(`CREATE VIEW data AS SELECT *${missing} FROM (${rows})`);
    await connection.run(`SET allowed_paths = ${listOf([...new Set([...files, ...files.map(literal)])])}`);
    await connection.run('SET enable_external_access = false');
    await connection.run('SET lock_configuration = true');
    return { source, lacking };
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    await findBadLine(reader, files, options.header ?? true);
    throw complaint(cause as Error, files, 'path');
  }
}

/** Fails with the first line that is no row. DuckDB fails without it where it finds types, and with another one of JSON. */
async function findBadLine(reader: Reader, files: readonly string[], header: boolean): Promise<void> {
  if (reader !== csv && reader !== jsonLines) return;
  const skipped = (line: string): never => {
    const place = /^(.*?, line \d+): (?:invalid unicode|is not UTF-8)/.exec(line)?.[1];
    if (place !== undefined) throw notUtf8(place);
    throw new DatasetError(['path'], line, {
      hint: 'correct the file; data sets with `on_error: skip` leave such lines out and list them',
    });
  };
  const { dispose } = await (reader === csv
    ? copyReadableLines(files, header, { delimiterOf, skipped })
    : copyReadableObjects(files, skipped));
  dispose();
}

/** A query without what ends it, and its columns. */
async function checkedQuery(connection: DuckDBConnection, query: string): Promise<{ query: string; names: string[] }> {
  const { StatementType } = await import('@duckdb/node-api');
  const { count, statements } = await connection.extractStatements(query).then(
    (found) => ({ count: found.count, statements: found }),
    () => ({ count: 0, statements: undefined }),
  );
  if (statements === undefined || count !== 1) {
    if (count === 0) await connection.run(query); // which says what is wrong with it
    throw new DatasetError(['query'], `the query has ${count} statements, expected one`, {
      hint: 'one SELECT over the table `data`',
    });
  }
  const prepared = await statements.prepare(0);
  if (prepared.statementType === StatementType.SELECT) {
    const names = Array.from({ length: prepared.columnCount }, (_, i) => prepared.columnName(i));
    return { query: query.replace(/;\s*(--.*\s*)*$/, ''), names };
  }
  throw new DatasetError(['query'], 'the query does something else than to select', { hint: 'one SELECT over the table `data`' });
}

/** @param said whether times are days without a clock, or whole numbers those of a clock without a day */
function cellOf(value: unknown, said: 'day' | 'clock' | undefined): Cell {
  if (value === null || value === undefined) return null;
  // Programs without a word for a missing number write NaN.
  if (typeof value === 'number') return Number.isNaN(value) ? null : value;
  if (typeof value === 'bigint' && said === 'clock') return writtenClock(value);
  // Numbers of people and things may differ in digits that a double has not.
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  // As they are mostly written, so that a day is the same one in a file where some are none.
  if (value instanceof Date) return said === 'day' ? value.toISOString().slice(0, 10) : writtenTime(value.getTime());
  if (typeof value === 'string') return value;
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? Number(part) : part));
}
