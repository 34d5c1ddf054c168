import { DatasetError } from './dataset-error.js';

/** What becomes of a file that cannot be used. */
export type OnError = 'fail' | 'skip';

/** A file that was left out, and why. */
export interface SkippedFile {
  readonly file: string;
  /** In words that go on after the file's name: `is cut off`. */
  readonly reason: string;
}

const mostListed = 20;

/** How many were left out and the first of them, a line each. */
export function skippedLines(reasons: readonly string[], [one, several]: readonly [string, string]): string[] {
  const count = reasons.length;
  if (count === 0) return [];
  const listed = reasons.slice(0, mostListed).map((reason) => `  ${reason}`);
  const more = count - listed.length;
  return [`${count} ${count === 1 ? one : several} skipped:`, ...listed, ...(more > 0 ? [`  and ${more} more`] : [])];
}

/** What was left out, as the run's environment record has it. */
type SkippedProvenance = { file: string; md5: string; skipped: string }[];

/** For the run's environment record: the first of what was left out, and how many more there are. */
function provenanceOf(all: readonly SkippedFile[]): SkippedProvenance {
  const listed = all.slice(0, mostListed).map(({ file, reason }) => ({ file, md5: '', skipped: reason }));
  const more = all.length - listed.length;
  return more === 0 ? listed : [...listed, { file: `and ${more} more`, md5: '', skipped: 'for such reasons' }];
}

/** The same of rows of a table, whose first file is named. */
export const skippedRowsProvenance = (file: string, reasons: readonly string[]): SkippedProvenance =>
  provenanceOf(reasons.map((reason) => ({ file, reason })));

/** Files of a data set that cannot be used: the first one fails, or all are left out and listed. */
export class Skipped {
  private readonly onError: OnError | undefined;
  private readonly found: SkippedFile[] = [];

  /** @param onError nothing where files must be read, whatever the config says */
  constructor(onError: OnError | undefined) {
    this.onError = onError;
  }

  /**
   * Leaves a file out.
   * @throws DatasetError at `path` of the data set's options if nothing is to be left out
   */
  add(
    file: string,
    reason: string,
    { path = ['path'], hint = 'correct or remove it' }: { path?: readonly string[]; hint?: string } = {},
  ): void {
    if (this.onError !== 'skip') {
      const skip = this.onError === undefined ? '' : '; `on_error: skip` leaves such files out and lists them';
      throw new DatasetError(path, `${file} ${reason}`, { hint: `${hint}${skip}` });
    }
    this.found.push({ file, reason });
  }

  /** For people: how many were left out and the first of them, a line each. */
  lines(): string[] {
    return skippedLines(
      this.found.map(({ file, reason }) => `${file} ${reason}`),
      ['file', 'files'],
    );
  }

  /** For people: the first of them, and why. */
  get first(): string {
    return this.found
      .slice(0, 1)
      .map(({ file, reason }) => `the first of them: ${file} ${reason}`)
      .join();
  }

  /** For the run's environment record: the first files, and how many more there are. */
  provenance(): SkippedProvenance {
    return provenanceOf(this.found);
  }
}
