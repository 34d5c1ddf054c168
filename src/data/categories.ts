import type { Cell } from './table.js';

const mostListed = 20;

/** Some names for people, of whatever many. */
export const listOf = (names: readonly string[]): string =>
  [...names.slice(0, mostListed), ...(names.length > mostListed ? [`and ${names.length - mostListed} more`] : [])].join(', ');

/** A cell as a message shows it. */
export const shown = (cell: Cell): string => (typeof cell === 'string' ? JSON.stringify(cell) : String(cell));

/** The different values of some rows, numbers by size and words by their letters. */
export function categoriesOf(cells: readonly Cell[], rows: Iterable<number>): string[] {
  const found = new Set<Cell>();
  for (const row of rows) if (cells[row] !== null) found.add(cells[row]!);
  const values = [...found];
  const sorted = values.every((value) => typeof value === 'number')
    ? values.sort((a, b) => a - b)
    : values.sort((a, b) => (String(a) < String(b) ? -1 : 1));
  return sorted.map(String);
}

export const placesOf = (names: readonly string[]): ReadonlyMap<string, number> => new Map(names.map((name, i) => [name, i]));

/** Words are classes; so are whole numbers with few different values. */
export function looksLikeClass(cells: readonly Cell[]): boolean {
  if (cells.some((cell) => typeof cell === 'string')) return true;
  return cells.every((cell) => cell === null || Number.isInteger(cell)) && categoriesOf(cells, cells.keys()).length <= 20;
}
