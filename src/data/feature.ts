import { DatasetError } from './dataset-error.js';
import type { Cell } from './table.js';
import { encodeWords, wordVocabulary } from './words.js';

/** A column of a table, of which some rows are trained on. */
export interface TableColumn {
  readonly name: string;
  readonly cells: readonly Cell[];
  /** The rows that a feature is fitted to. */
  readonly train: readonly number[];
  /** Where the config speaks of it. */
  readonly path: readonly (string | number)[];
}

/** What a column becomes. It has been fitted to the training part, and is applied to every row. */
export interface FittedColumn {
  /** How many values a cell becomes. */
  readonly size: number;
  /** What each value is called or, where a value is a whole number, what each number is. */
  readonly names: readonly string[];
  /** The values of a cell, from `at` on. */
  write(row: number, values: Float32Array | Uint16Array, at: number): void;
}

/** A 16-bit number tells so many apart. */
const mostClasses = 2 ** 16;
const mostListed = 20;

/** Some names for people, of whatever many. */
export const listOf = (names: readonly string[]): string =>
  [...names.slice(0, mostListed), ...(names.length > mostListed ? [`and ${names.length - mostListed} more`] : [])].join(', ');

const shown = (cell: Cell): string => (typeof cell === 'string' ? JSON.stringify(cell) : String(cell));

function numberIn({ name, cells, path }: TableColumn, row: number): number {
  const cell = cells[row]!;
  const value = typeof cell === 'string' && cell.trim() !== '' ? Number(cell) : cell;
  if (typeof value === 'number' && Number.isFinite(Math.fround(value))) return value;
  throw new DatasetError(path, `row ${row + 1}, column "${name}": found ${shown(cell)}, expected a number`, {
    hint:
      typeof cell === 'string'
        ? "declare the column as category or text; a mark for what is missing becomes so in the query: NULLIF(x, '?')"
        : 'a 32-bit number goes up to 3.4e38; leave the row out in the query',
  });
}

/** Numbers with mean 0 and standard deviation 1 over the training part, or as they are. A missing one becomes the mean. */
export function fitNumeric(column: TableColumn, { standardize }: { standardize: boolean }): FittedColumn {
  const { name, cells, train, path } = column;
  const known = train.filter((row) => cells[row] !== null).map((row) => numberIn(column, row));
  if (known.length === 0) {
    throw new DatasetError(path, `column "${name}" has no value in the training part`, { hint: 'leave the column out' });
  }
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const isConstant = known.every((value) => value === known[0]);
  if (standardize && isConstant) {
    throw new DatasetError(
      path,
      `column "${name}" is ${known[0]} in every row of the training part: nothing can be learnt from it`,
      {
        hint: 'leave the column out, or declare it with `standardize: false`',
      },
    );
  }
  const deviation = Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / known.length);
  const [shift, scale] = standardize ? [mean, deviation] : [0, 1];
  return {
    size: 1,
    names: [name],
    write(row, values, at) {
      values[at] = ((cells[row] === null ? mean : numberIn(column, row)) - shift) / scale;
    },
  };
}

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

/** One number for each category of the training part: 1 for the row's own. All are 0 for a value that is missing or new. */
export function fitCategory({ name, cells, train, path }: TableColumn): FittedColumn {
  const categories = categoriesOf(cells, train);
  if (categories.length < 2) {
    throw new DatasetError(
      path,
      `column "${name}" has ${categories.length === 0 ? 'no value' : `the value "${categories[0]}" alone`} in the training part: nothing can be learnt from it`,
      {
        hint: 'leave the column out',
      },
    );
  }
  const places = placesOf(categories);
  return {
    size: categories.length,
    names: categories.map((category) => `${name}=${category}`),
    write(row, values, at) {
      const own = places.get(String(cells[row]));
      if (cells[row] !== null && own !== undefined) values[at + own] = 1;
    },
  };
}

/** Words by their place in the vocabulary of the training part. */
export function fitText(
  { name, cells, train, path }: TableColumn,
  { length, vocabulary: most }: { length: number; vocabulary: number },
): FittedColumn {
  const textOf = (row: number): string => String(cells[row] ?? '');
  const vocabulary = wordVocabulary(train.map(textOf), most);
  if (vocabulary.length <= 2) {
    throw new DatasetError(path, `column "${name}" has no word in the training part`, { hint: 'leave the column out' });
  }
  const places = placesOf(vocabulary);
  return {
    size: length,
    names: vocabulary,
    write: (row, values, at) => values.set(encodeWords(textOf(row), places, length), at),
  };
}

/**
 * The class of each row, by its place among those of the training part. Writing fails for a value that the training part does not have.
 * @throws DatasetError if the training part has one class only, or too many
 */
export function fitClass({ name, cells, train, path }: TableColumn): FittedColumn {
  const classes = categoriesOf(cells, train);
  if (classes.length < 2) {
    throw new DatasetError(
      path,
      `the target "${name}" is ${classes[0]} in every row of the training part: nothing can be learnt from it`,
    );
  }
  if (classes.length > mostClasses) {
    throw new DatasetError(
      path,
      `the target "${name}" has ${classes.length} different values, and there can be ${mostClasses} classes`,
      {
        hint: '`type: numeric` for a number',
      },
    );
  }
  const places = placesOf(classes);
  return {
    size: 1,
    names: classes,
    write(row, values, at) {
      const own = places.get(String(cells[row]));
      if (own !== undefined) values[at] = own;
      else {
        throw new DatasetError(
          path,
          `row ${row + 1}, column "${name}": the test part has the class ${shown(cells[row]!)}, and the training part only ${listOf(classes)}`,
          { hint: 'correct the value, leave rare classes out in the query, or take another `seed` for the split' },
        );
      }
    },
  };
}

const placesOf = (names: readonly string[]): ReadonlyMap<string, number> => new Map(names.map((name, i) => [name, i]));
