import type { Cell, TableColumn } from './table-column.js';

const mostListed = 20;

/** Some names for people, of whatever many. */
export const listOf = (names: readonly string[]): string =>
  [...names.slice(0, mostListed), ...(names.length > mostListed ? [`and ${names.length - mostListed} more`] : [])].join(', ');

/** A cell as a message shows it. */
export const shown = (cell: Cell): string => (typeof cell === 'string' ? JSON.stringify(cell) : String(cell));

/** The different values of some rows, or of all, numbers by size and words by their letters. */
export function categoriesOf(column: TableColumn, rows?: ArrayLike<number>): string[] {
  const found = new Set<Cell>();
  if (rows === undefined) column.some((cell) => found.add(cell).size < 0);
  else for (let i = 0; i < rows.length; i++) found.add(column.at(rows[i]!));
  found.delete(null);
  const values = [...found];
  const sorted = values.every((value) => typeof value === 'number')
    ? values.sort((a, b) => a - b)
    : values.sort((a, b) => (String(a) < String(b) ? -1 : 1));
  return sorted.map(String);
}

export const placesOf = (names: readonly string[]): ReadonlyMap<string, number> => new Map(names.map((name, i) => [name, i]));

/** Words are classes; so are whole numbers with few different values. */
export function looksLikeClass(column: TableColumn): boolean {
  if (column.some((cell) => typeof cell === 'string')) return true;
  const found = new Set<Cell>();
  return !column.some((cell) => cell !== null && (!Number.isInteger(cell) || found.add(cell).size > 20));
}
