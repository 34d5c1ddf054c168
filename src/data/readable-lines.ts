import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCsvHeader } from './csv-header.js';
import { complaint, csvDialect, literal, openDatabase, quoted } from './duckdb.js';
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
          // Each field too many is an error of its own: the last one says how many there are.
          'SELECT line, arg_max(error_message, coalesce(column_idx, 0)), any_value(csv_line) FROM reject_errors ' +
            `JOIN reject_scans USING (scan_id, file_id) WHERE file_path = ${quoted(file)} GROUP BY line ORDER BY line`,
        );
        for (const [line, reason, found] of rejected.getRowsJS() as [bigint, string, string][]) {
          const shown = found.length > longestShown ? `${found.slice(0, longestShown)}…` : found;
          skipped(`${file}, line ${line}: ${reason.toLowerCase().replace(/\.$/, '')}: ${JSON.stringify(shown)}`);
        }
        await connection.run(`COPY rows TO ${quoted(copy)} (FORMAT csv, HEADER ${header}, DELIMITER ',', QUOTE '"', ESCAPE '"')`);
      } catch (cause) {
        throw complaint(cause as Error, [file], 'path');
      }
      copies.push(copy);
    }
    return { files: copies, dispose };
  } catch (error) {
    dispose();
    throw error;
  } finally {
    close();
  }
}
