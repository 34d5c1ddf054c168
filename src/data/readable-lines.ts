import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { UserError } from '../errors.js';
import { listOf } from './categories.js';
import { readCsvHeader } from './csv-header.js';
import { DatasetError } from './dataset-error.js';
import { complaint, csvDialect, literal, openDatabase, quoted } from './duckdb.js';
import { keyTwice } from './json-problems.js';
import type { ExportedRows } from './sqlite.js';

const longestShown = 60;

/**
 * Copies the lines of CSV files that are rows: they have as many fields as the first line, and quotes that are closed.
 * @param skipped is told of every other line
 * @throws DatasetError if a file can be read in no other way
 */
export async function copyReadableLines(
  files: readonly string[],
  header: boolean,
  { delimiterOf, skipped }: { delimiterOf: (file: string) => string; skipped: (line: string) => void },
): Promise<ExportedRows> {
  const folder = mkdtempSync(join(tmpdir(), 'nn-lines-'));
  const dispose = (): void => rmSync(folder, { recursive: true, force: true });
  const { connection, close } = await openDatabase();
  try {
    const copies: string[] = [];
    const leftOut: number[] = [];
    let before = 0;
    for (const [i, file] of files.entries()) {
      const copy = join(folder, `${i}.csv`);
      const delimiter = delimiterOf(file);
      const columns = readCsvHeader(file, delimiter).names.map(
        (name, at) => `${quoted(header && name !== '' ? name : `column${at}`)}: 'VARCHAR'`,
      );
      const text = `auto_detect = false, columns = {${columns.join(', ')}}, store_rejects = true`;
      try {
        await connection.run(
          `CREATE OR REPLACE TABLE rows AS SELECT * FROM read_csv([${quoted(literal(file))}], ${csvDialect(delimiter, header)}, ${text})`,
        );
        const rejected = await connection.runAndReadAll(
          // Each field too many or too few is an error of its own: the last of the many and the first of the few say how many there are.
          "SELECT line, any_value(line_byte_position), CASE WHEN any_value(error_type)::VARCHAR = 'MISSING COLUMNS' " +
            'THEN arg_min(error_message, column_idx) ELSE arg_max(error_message, coalesce(column_idx, 0)) END, any_value(csv_line) ' +
            `FROM reject_errors JOIN reject_scans USING (scan_id, file_id) WHERE file_path = ${quoted(file)} GROUP BY line ORDER BY line`,
        );
        const bad = (rejected.getRowsJS() as [bigint, bigint, string, string][]).map(([row, start, reason, found]) => {
          const text = found.replace(/^[\r\n]+/, ''); // empty lines before it are taken for a part of it
          return { row: Number(row), place: Number(start) + found.length - text.length, reason, text };
        });
        const lines = await findLines(
          file,
          bad.map(({ place }) => place),
        );
        // DuckDB counts rows and empty lines, not the lines that a row may have in quotes.
        const firstLine = header ? 2 : 1;
        for (const [i, { row, reason, text }] of bad.entries()) {
          const { line, empty } = lines[i]!;
          leftOut.push(before + row - firstLine - empty);
          skipped(`${file}, line ${line}: ${reason.toLowerCase().replace(/\.$/, '')}: ${JSON.stringify(shortened(text))}`);
        }
        const kept = await connection.runAndReadAll('SELECT count(*) FROM rows');
        before += Number(kept.getRowsJS()[0]![0]) + rejected.currentRowCount;
        await connection.run(`COPY rows TO ${quoted(copy)} (FORMAT csv, HEADER ${header}, DELIMITER ',', QUOTE '"', ESCAPE '"')`);
      } catch (cause) {
        if (cause instanceof UserError) throw cause;
        throw complaint(cause as Error, [file], 'path');
      }
      copies.push(copy);
    }
    return { files: copies, leftOut, dispose };
  } catch (error) {
    dispose();
    throw error;
  } finally {
    close();
  }
}

/**
 * On which lines some places of a CSV file are, and how many empty lines are before them.
 * @param places in bytes, in order
 */
async function findLines(file: string, places: readonly number[]): Promise<{ line: number; empty: number }[]> {
  const found: { line: number; empty: number }[] = [];
  if (places.length === 0) return found;
  let [line, empty, at, last, isQuoted, isStart] = [1, 0, 0, 0, false, true];
  const look = async (pieces: AsyncIterable<Buffer>): Promise<void> => {
    for await (const piece of pieces) {
      for (const byte of piece) {
        if (at++ === places[found.length]) found.push({ line, empty });
        if (byte === quote) isQuoted = !isQuoted;
        if (byte === carriageReturn || (byte === lineFeed && last !== carriageReturn)) {
          line++;
          if (isStart && !isQuoted) empty++;
          isStart = true;
        } else if (byte !== lineFeed) isStart = false;
        last = byte;
      }
    }
  };
  const bytes = createReadStream(file);
  await (file.endsWith('.gz') ? pipeline(bytes, createGunzip(), look) : pipeline(bytes, look));
  while (found.length < places.length) found.push({ line, empty });
  return found;
}
const [lineFeed, carriageReturn, quote] = [10, 13, 34];

/**
 * Copies the lines of JSON lines that are rows: each an object.
 * @param skipped is told of every other line
 * @throws DatasetError if there is no other
 */
export async function copyReadableObjects(files: readonly string[], skipped: (line: string) => void): Promise<ExportedRows> {
  const folder = mkdtempSync(join(tmpdir(), 'nn-lines-'));
  const dispose = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const copies: string[] = [];
    const leftOut: number[] = [];
    let before = 0;
    let first = '';
    const told: Told = {
      row: () => void before++,
      noRow(line) {
        first ||= line;
        leftOut.push(before++);
        skipped(line);
      },
    };
    for (const [i, file] of files.entries()) {
      const copy = join(folder, `${i}.jsonl`);
      await pipeline(readableObjects(file, told), createWriteStream(copy)).catch((cause: Error) => {
        if (cause instanceof UserError) throw cause;
        throw new DatasetError(['path'], `${file} cannot be read: ${cause.message}`, { hint: 'correct the file', cause });
      });
      copies.push(copy);
    }
    if (before > 0 && leftOut.length === before) {
      throw new DatasetError(['path'], `there is no row that can be read in ${listOf(files)}`, {
        hint: `the first that cannot: ${first}`,
      });
    }
    return { files: copies, leftOut, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** Is told of each line that is a row or should be one. */
interface Told {
  row(): void;
  noRow(line: string): void;
}

async function* readableObjects(file: string, told: Told): AsyncGenerator<string> {
  const bytes = createReadStream(file);
  const unpacked = file.endsWith('.gz') ? createGunzip() : undefined;
  const read = unpacked === undefined ? undefined : pipeline(bytes, unpacked);
  read?.catch(() => undefined); // told of below
  let number = 0;
  for await (const line of createInterface({ input: unpacked ?? bytes, crlfDelay: Infinity })) {
    number++;
    const text = number === 1 ? line.replace(/^\uFEFF/, '') : line;
    if (text.trim() === '') continue;
    const wrong = objectProblem(text);
    if (wrong === undefined) {
      told.row();
      yield `${text}\n`;
    } else told.noRow(`${file}, line ${number}: ${wrong}: ${JSON.stringify(shortened(text))}`);
  }
  await read;
}

/** What is wrong with a line that is to be an object. */
function objectProblem(line: string): string | undefined {
  if (line.includes('\uFFFD')) return 'is not UTF-8'; // what readers put for bytes that are no letter
  try {
    const value: unknown = JSON.parse(line.replace(/\bNaN\b/g, 'null'));
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'is no object';
    const key = keyTwice(line, value);
    return key === undefined ? undefined : `has the key ${JSON.stringify(key)} twice`;
  } catch {
    return 'is no JSON';
  }
}

const shortened = (text: string): string => (text.length > longestShown ? `${text.slice(0, longestShown)}…` : text);
