import { listOf } from './categories.js';
import { type SplitPlan, SplitError } from './split.js';
import type { Cell, Table } from './table.js';

/**
 * What the rows of a table are split by, if by anything: the values of a column, which need not be a feature.
 * @throws SplitError if the table has no such column
 */
export function splitColumn({ columns }: Table, { type, column }: SplitPlan, target: string): readonly Cell[] | undefined {
  if (type === 'random' || type === 'index') return undefined;
  const name = column ?? target;
  const cells = columns.get(name);
  if (cells !== undefined) return cells;
  throw new SplitError(['column'], `the table has no column "${name}" to split by`, `it has ${listOf([...columns.keys()])}`);
}
