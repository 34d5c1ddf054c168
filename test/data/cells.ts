import type { Table } from '../../src/data/table.js';
import type { Cell, TableColumn } from '../../src/data/table-column.js';

/** All cells of a column. */
export const cellsOf = (column: TableColumn): Cell[] => Array.from({ length: column.length }, (_, row) => column.at(row));

/** All cells of a table, by the names of its columns. */
export const tableCells = ({ columns }: Pick<Table, 'columns'>): Record<string, Cell[]> =>
  Object.fromEntries([...columns].map(([name, column]) => [name, cellsOf(column)]));
