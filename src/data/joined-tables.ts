import type { Table } from './table.js';
import type { Cell, TableColumn } from './table-column.js';

/** The rows of one column, and those of another after them. */
class Joined implements TableColumn {
  readonly length: number;
  private readonly first: TableColumn;
  private readonly second: TableColumn;

  constructor(first: TableColumn, second: TableColumn) {
    this.length = first.length + second.length;
    this.first = first;
    this.second = second;
  }

  at(row: number): Cell {
    return row < this.first.length ? this.first.at(row) : this.second.at(row - this.first.length);
  }

  some(test: (cell: Cell) => boolean): boolean {
    return this.first.some(test) || this.second.some(test);
  }
}

/**
 * The rows of one table, and those of another after them. What only the second has is left out.
 * @param called what the second is called: the rows of both count from 1
 * @param missing is told of a column that the second lacks, and throws
 */
export function joinTables(first: Table, second: Table, called: string, missing: (column: string) => never): Table {
  const columns = [...first.columns].map(([name, cells]) => {
    const others = second.columns.get(name) ?? missing(name);
    return [name, new Joined(cells, others)] as const;
  });
  return {
    ...first,
    columns: new Map(columns),
    length: first.length + second.length,
    numberOf: (row) => (row < first.length ? first.numberOf(row) : second.numberOf(row - first.length)),
    nameOf: (row) => (row < first.length ? first.nameOf(row) : `${second.nameOf(row - first.length)} of ${called}`),
    provenance: [...first.provenance, ...second.provenance],
  };
}
