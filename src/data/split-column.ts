import { listOf } from './categories.js';
import { type SplitPlan, SplitError } from './split.js';
import type { Table } from './table.js';
import type { TableColumn } from './table-column.js';

/**
 * What the rows of a table are split by, if by anything: the values of a column, which need not be a feature.
 * @throws SplitError if the table has no such column
 */
export function splitColumn({ columns }: Table, { type, column }: SplitPlan, target: string): TableColumn | undefined {
  if (type === 'random' || type === 'index') return undefined;
  const name = column ?? target;
  const values = columns.get(name);
  if (values !== undefined) return values;
  throw new SplitError(['column'], `the table has no column "${name}" to split by`, `it has ${listOf([...columns.keys()])}`);
}
