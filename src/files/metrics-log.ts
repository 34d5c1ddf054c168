import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync } from 'node:fs';
import { writeFileAtomically, writeFully } from './atomic-write.js';
import { fileError, systemErrorCode } from './file-error.js';

/** One line of `metrics.jsonl`. `step` counts the training steps done when it was written. */
export interface MetricsRow {
  step: number;
  epoch: number;
  /** A number that is not finite is written as null, as JSON has none. */
  [name: string]: number | string | boolean | null;
}

/** `metrics.jsonl`: one JSON object a line. Every row is handed to the system at once, so a kill loses at most a part of one. */
export class MetricsLog {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** @throws UserError if the file cannot be written; the rows before stay whole */
  append(row: MetricsRow): void {
    try {
      const fd = openSync(this.path, 'a');
      const whole = fstatSync(fd);
      try {
        writeFully(fd, Buffer.from(`${JSON.stringify(row)}\n`));
      } catch (error) {
        if (whole.isFile()) ftruncateSync(fd, whole.size);
        throw error;
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      throw fileError('write', this.path, error);
    }
  }

  /**
   * On resume: drops the rows after `step`, which are about to be written again, and what is no whole row, such as a last line
   * cut short by a kill. The file is replaced atomically; one that does not exist stays so.
   *
   * @param drop rows to be dropped whatever their step
   * @returns how many lines were dropped
   * @throws UserError if the file cannot be read or written
   */
  truncateAfterStep(step: number, drop: (row: MetricsRow) => boolean = () => false): number {
    const lines = readLines(this.path);
    const kept = lines.filter((line) => {
      const row = parseRow(line);
      return row !== undefined && row.step <= step && !drop(row);
    });
    if (kept.length === lines.length && lines.every(endsWithNewline)) return 0;
    writeFileAtomically(
      this.path,
      kept.map((line) => Buffer.from(endsWithNewline(line) ? line : `${line}\n`)),
    );
    return lines.length - kept.length;
  }
}

/**
 * Reads the whole rows of `metrics.jsonl`, in order; what is no whole row is passed over. No file gives no rows.
 *
 * @throws UserError if the file cannot be read
 */
export function readMetrics(path: string): MetricsRow[] {
  return readLines(path).flatMap((line) => parseRow(line) ?? []);
}

function endsWithNewline(line: string): boolean {
  return line.endsWith('\n');
}

/** The lines of a file, each with its newline. */
function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').match(/[^\n]*\n|[^\n]+$/g) ?? [];
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw fileError('read', path, error);
  }
}

function parseRow(line: string): MetricsRow | undefined {
  try {
    const row: unknown = JSON.parse(line);
    if (typeof row !== 'object' || row === null || !('step' in row) || typeof row.step !== 'number') return undefined;
    return row as MetricsRow;
  } catch {
    return undefined;
  }
}
