import { UserError } from '../errors.js';
import type { Cell } from './table.js';
import { encodeWords, wordVocabulary } from './words.js';

/** What a column of a table becomes. It has been fitted to the training part, and is applied to every row. */
export interface FittedColumn {
  /** What each of its values is called, if it stands for several. */
  readonly names: readonly string[];
  /** Numbers that one cell becomes. */
  encode(cell: Cell, row: number): readonly number[];
}

/** Where a cell lies, for errors. */
const place = (column: string, row: number): string => `row ${row + 1}, column "${column}"`;

function numberIn(column: string, cell: Cell, row: number): number {
  const value = typeof cell === 'string' && cell.trim() !== '' ? Number(cell) : cell;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  const found = cell === null ? 'missing' : JSON.stringify(cell);
  throw new UserError(`${place(column, row)}: the value is ${found}, expected a number`, {
    hint: 'declare the column as category, drop the row, or say `missing: mean`',
    exit: 'usage',
  });
}

/** Numbers with mean 0 and standard deviation 1 over the training part, or as they are. A missing one becomes the mean if `fill`. */
export function fitNumeric(
  column: string,
  cells: readonly Cell[],
  train: readonly number[],
  { standardize, fill }: { standardize: boolean; fill: boolean },
): FittedColumn {
  const known = train.filter((row) => !fill || cells[row] !== null).map((row) => numberIn(column, cells[row]!, row));
  if (known.length === 0) {
    throw new UserError(`column "${column}" has no value in the training part`, { hint: 'leave the column out', exit: 'usage' });
  }
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const deviation = Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / known.length);
  if (standardize && deviation === 0) {
    throw new UserError(`column "${column}" is ${mean} in every row of the training part: nothing can be learnt from it`, {
      hint: 'leave the column out',
      exit: 'usage',
    });
  }
  const [shift, scale] = standardize ? [mean, deviation] : [0, 1];
  return {
    names: [column],
    encode: (cell, row) => [((fill && cell === null ? mean : numberIn(column, cell, row)) - shift) / scale],
  };
}

/** The different values of the training part, numbers by size and words by their letters. */
export function categoriesOf(cells: readonly Cell[], train: readonly number[]): string[] {
  const values = [...new Set(train.map((row) => cells[row]!))].filter((cell) => cell !== null);
  const sorted = values.every((value) => typeof value === 'number')
    ? values.sort((a, b) => (a as number) - (b as number))
    : values.sort((a, b) => (String(a) < String(b) ? -1 : 1));
  return sorted.map(String);
}

/** One number for each category of the training part: 1 for the row's own. All are 0 for a value that is missing or new. */
export function fitCategory(column: string, cells: readonly Cell[], train: readonly number[]): FittedColumn {
  const categories = categoriesOf(cells, train);
  const places = new Map(categories.map((category, i) => [category, i]));
  return {
    names: categories.map((category) => `${column}=${category}`),
    encode(cell) {
      const own = cell === null ? undefined : places.get(String(cell));
      return categories.map((_, i) => (i === own ? 1 : 0));
    },
  };
}

/** Words by their place in the vocabulary of the training part. */
export function fitText(
  cells: readonly Cell[],
  train: readonly number[],
  { length, vocabulary: most }: { length: number; vocabulary: number },
): FittedColumn {
  const textOf = (cell: Cell): string => (cell === null ? '' : String(cell));
  const vocabulary = wordVocabulary(
    train.map((row) => textOf(cells[row]!)),
    most,
  );
  const places = new Map(vocabulary.map((word, i) => [word, i]));
  return { names: vocabulary, encode: (cell) => encodeWords(textOf(cell), places, length) };
}

/**
 * The class of each row, by its place among those of the training part.
 * @throws UserError for a value that is missing, or that the training part does not have
 */
export function fitClass(column: string, cells: readonly Cell[], train: readonly number[]): FittedColumn {
  const classes = categoriesOf(cells, train);
  const places = new Map(classes.map((one, i) => [one, i]));
  return {
    names: classes,
    encode(cell, row) {
      const own = cell === null ? undefined : places.get(String(cell));
      if (own !== undefined) return [own];
      const found = cell === null ? 'missing' : JSON.stringify(cell);
      throw new UserError(`${place(column, row)}: the class is ${found}, and the training part has ${classes.join(', ')}`, {
        hint: 'correct the value, or take another `seed` for the split',
        exit: 'usage',
      });
    },
  };
}
