import { listOf, shown } from '../data/categories.js';
import type { Table } from '../data/table.js';
import type { Cell } from '../data/table-column.js';
import type { RowEncoder } from './encoded-rows.js';

type Columns = readonly Pick<RowEncoder, 'columns'>[];

/** The columns of which only what the training part has is told apart, with the rows where they hold something else. */
function* unknownCells(whole: Table, rows: Uint32Array, encoders: Columns) {
  for (const { name, encoder } of encoders.flatMap(({ columns }) => columns)) {
    if (encoder.isKnown === undefined) continue;
    const cells = whole.columns.get(name)!;
    for (const row of rows) {
      const cell = cells.at(row);
      if (!encoder.isKnown(cell)) yield { name, encoder, row, cell };
    }
  }
}

/**
 * The rows whose classes and categories the training part has, where others are errors.
 * @param skipped is told of each other row
 */
export function knownRows(whole: Table, rows: Uint32Array, encoders: Columns, skipped: (line: string) => void): Uint32Array {
  const others = new Set<number>();
  for (const { name, encoder, row, cell } of unknownCells(whole, rows, encoders)) {
    const wrong = others.has(row) ? undefined : encoder.write(cell, new Float32Array(encoder.size), 0);
    if (wrong === undefined) continue;
    others.add(row);
    skipped(`${whole.nameOf(row)}, column "${name}": ${wrong.message}`);
  }
  return others.size === 0 ? rows : rows.filter((row) => !others.has(row));
}

/** In which columns there are categories that the training part lacks, a line each. */
export function describeUnseen(whole: Table, rows: Uint32Array, encoders: Columns): string[] {
  const found = new Map<string, { count: number; categories: Set<Cell> }>();
  for (const { name, cell } of unknownCells(whole, rows, encoders)) {
    const { count, categories } = found.get(name) ?? { count: 0, categories: new Set<Cell>() };
    found.set(name, { count: count + 1, categories: categories.add(cell) });
  }
  return [...found].map(
    ([name, { count, categories }]) =>
      `column "${name}": ${count} of ${rows.length} rows ${count === 1 ? 'has a category' : 'have categories'} that the training part ` +
      `lacks, and ${count === 1 ? 'is' : 'are'} read as having none: ${listOf([...categories].map(shown))}`,
  );
}
