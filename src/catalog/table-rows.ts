import { DatasetError } from '../data/dataset-error.js';
import type { Table } from '../data/table.js';
import { features as kinds } from './features/index.js';
import type { Feature } from './table-features.js';
import { type FittedTarget, type TableTarget, targetProblem } from './table-target.js';

/** What is done with rows that cannot be read. */
export interface RowPolicy {
  readonly missing: Feature['missing'];
  readonly on_error: 'fail' | 'skip';
  /** What can be done about a row that fails, where the config can no longer say anything else of its column. */
  readonly hint?: string;
}

/**
 * The rows that can be read. Those that lack a value fail, are left out or are kept, as `missing` says; those with a value that is none of
 * its column fail or are skipped, as `on_error` says.
 * @param targets none where rows lack them
 * @param skipped is told of each row that is skipped
 * @throws DatasetError at the first row that fails
 */
export function readableRows(
  whole: Table,
  features: ReadonlyMap<string, Feature>,
  targets: readonly (Pick<TableTarget, 'column' | 'path'> & { readonly type: FittedTarget['type'] })[],
  { missing, on_error, hint }: RowPolicy,
  skipped: (line: string) => void,
): Uint32Array {
  const checks = [
    ...[...features].map(([name, feature]) => ({
      name,
      path: ['features', name],
      missing: feature.missing,
      isTold: false,
      problem: kinds.get(feature.type).problem,
    })),
    ...targets.map(({ column, path, type }) => ({
      name: column,
      path,
      isTold: true,
      missing: missing === 'drop' ? ('drop' as const) : ('fail' as const),
      problem: (cell: Parameters<typeof targetProblem>[1]) => targetProblem(type, cell),
    })),
  ].map((check) => ({ ...check, cells: whole.columns.get(check.name)! }));
  const rows = new Uint32Array(whole.length);
  let length = 0;
  next: for (let row = 0; row < whole.length; row++) {
    let isDropped = false;
    for (const { name, path, cells, isTold, missing: policy, problem } of checks) {
      const cell = cells.at(row);
      const wrong = cell === null ? (policy === 'fail' ? missingValue(isTold) : undefined) : problem?.(cell);
      if (wrong !== undefined) {
        const message = `${whole.nameOf(row)}, column "${name}": ${wrong.message}`;
        if (on_error === 'fail') throw new DatasetError(path, message, { hint: hint ?? wrong.hint });
        skipped(message);
        continue next;
      }
      isDropped ||= cell === null && policy === 'drop';
    }
    if (!isDropped) rows[length++] = row;
  }
  return rows.subarray(0, length);
}

function missingValue(isTold: boolean): { message: string; hint: string } {
  const leave = '`missing: drop` leaves such rows out';
  return { message: 'the value is missing', hint: isTold ? leave : `${leave}, \`missing: mean\` fills them` };
}
