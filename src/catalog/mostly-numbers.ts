import type { TableColumn } from '../data/table-column.js';
import { hasComma, numberProblem } from './features/numeric.js';

/**
 * Whether a column with words in it has more numbers than words, so that the words are likely wrong. Numbers that are all written as texts
 * are meant as texts, and so are those of which one starts with 0, such as 01234.
 */
export function areMostlyNumbers(cells: TableColumn): boolean {
  if (cells.some((cell) => typeof cell === 'string' && /^0\d/.test(cell))) return false;
  let [numbers, written, words] = [0, 0, 0];
  for (let row = 0; row < cells.length; row++) {
    const cell = cells.at(row);
    if (typeof cell === 'number') numbers++;
    else if (cell !== null && (numberProblem(cell) === undefined || hasComma(cell))) written++;
    else if (cell !== null) words++;
  }
  return numbers + written > words && (numbers > 0 || words > 0 || cells.some(hasComma));
}
