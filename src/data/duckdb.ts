import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as duckDb from '@duckdb/node-api';
import { UserError } from '../errors.js';
import { DatasetError } from './dataset-error.js';

export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
export const listOf = (items: readonly string[]): string => `[${items.map(quoted).join(', ')}]`;
/** A file's name for a function that takes patterns. */
export const literal = (file: string): string => file.replace(/[[?*]/g, '[$&]');

/** How a CSV file is written, for `read_csv`: all that would be guessed is said. */
export const csvDialect = (delimiter: string, header: boolean): string =>
  `delim = ${quoted(delimiter)}, quote = '"', escape = '"', comment = '', skip = 0, strict_mode = true, header = ${header}`;

/** Megabytes that DuckDB takes. What a query sorts or groups beyond them goes to temporary files. */
const memory = 1024;
/** Tells the databases of this process apart. */
let opened = 0;

/** A database that is closed with its connection. */
export interface Database {
  readonly connection: duckDb.DuckDBConnection;
  close(): void;
}

/** An empty database in memory. */
export async function openDatabase(): Promise<Database> {
  let api: typeof duckDb;
  try {
    api = await import('@duckdb/node-api');
  } catch (cause) {
    throw new UserError(`DuckDB, which reads tables, cannot be loaded: ${(cause as Error).message}`, {
      hint: 'npm install @duckdb/node-api; it is made for Linux, macOS and Windows on x64 and arm64',
      cause,
    });
  }
  // One thread and the same memory: groups and joins come in the same order on every machine. No extensions from the network.
  const instance = await api.DuckDBInstance.create(':memory:', {
    threads: '1',
    memory_limit: `${memory}MiB`,
    // Made when it is needed, and removed by DuckDB.
    temp_directory: join(tmpdir(), `nn-duckdb-${process.pid}-${opened++}`),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  // A query gives the same on every machine and each time, `random()` and times of day included.
  await connection.run("SET TimeZone = 'UTC'");
  await connection.run('SELECT setseed(0)');
  const close = (): void => {
    connection.closeSync();
    instance.closeSync();
  };
  return { connection, close };
}

/** @param where a file, or a line of it */
export const notUtf8 = (where: string): DatasetError =>
  new DatasetError(['path'], `${where} is not UTF-8`, { hint: 'convert it, for example with iconv -f latin1 -t utf-8' });

/** An error of DuckDB in a sentence. */
export function complaint({ message }: Error, files: readonly string[], key: 'path' | 'query'): DatasetError {
  const named = /^ {2}file = (.+)$/m.exec(message)?.[1] ?? files.find((file) => message.includes(`"${file}"`));
  const where = named ?? (files.length === 1 ? files[0]! : `${files[0]} and ${files.length - 1} more`);
  if (/unicode|utf-?8/i.test(message)) return notUtf8(where);
  if (message.includes('Out of Memory')) {
    return new DatasetError(
      [key],
      `${key === 'path' ? where : 'the query'} needs more than the ${memory} MB that DuckDB may take`,
      {
        hint: 'take fewer columns or rows in `query`, or sort and group less in it',
      },
    );
  }
  const [said = ''] = message.split(/\n\n|\nPossible fixes|\n\* |\nTry increasing/);
  const sentence = said
    .replace(/^[A-Z][\w ]* Error: /, '')
    .replace(/\s+/g, ' ')
    .trim();
  const short = sentence.length > 400 ? `${sentence.slice(0, 400)} …` : sentence;
  const isOfFile = key === 'path' || named !== undefined;
  return new DatasetError([isOfFile ? 'path' : 'query'], isOfFile ? `${where}: ${short}` : `DuckDB says: ${short}`, {
    hint: isOfFile ? 'correct the file' : 'correct the query; it can read the table `data` alone',
  });
}
