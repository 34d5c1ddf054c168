import { categoriesOf, listOf, shown } from '../data/categories.js';
import { DatasetError } from '../data/dataset-error.js';
import type { Table } from '../data/table.js';
import type { Cell, TableColumn } from '../data/table-column.js';
import { timeOf } from '../data/time.js';
import type { MissingOptions } from './feature.js';
import { features as kinds } from './features/index.js';
import { areMostlyNumbers } from './mostly-numbers.js';
import type { Chosen } from './registry.js';
import { withoutLabels } from './table-labels.js';
import type { TableTarget } from './table-target.js';

/** A column that the model reads, with all that is said of it. */
export type Feature = Chosen & MissingOptions;

/** What of a table's options says what is read. */
export interface FeatureChoice {
  readonly features?: Readonly<Record<string, Chosen>> | undefined;
  readonly targets: readonly Pick<TableTarget, 'column' | 'path'>[];
  readonly missing: MissingOptions['missing'];
  /** Is told of each column that is left out since nothing can be learnt from it; without it such a column is an error. */
  readonly leftOut?: ((line: string) => void) | undefined;
}

/**
 * The columns that the model reads, with what they are.
 * @throws DatasetError for a column that is not there, or has nothing in it
 */
export function chooseFeatures(whole: Table, { features, targets, missing, leftOut }: FeatureChoice): Map<string, Feature> {
  for (const { column, path } of targets) requireColumn(whole, column, path);
  const read = withoutLabels(features);
  const chosen = new Map(Object.entries(read ?? {}));
  const told = new Set(targets.map(({ column }) => column));
  for (const name of told) {
    if (!chosen.has(name)) continue;
    throw new DatasetError(['features', name], `the column "${name}" is both a feature and the target`, {
      hint: 'the model would read the answer; leave it out',
    });
  }
  if (read === undefined) {
    for (const [name, cells] of whole.columns) {
      if (told.has(name)) continue;
      const nothing = leftOut === undefined || whole.length === 0 ? undefined : constant(cells, missing);
      if (nothing === undefined) chosen.set(name, guess(name, whole));
      else leftOut?.(`column "${name}" is left out: it ${nothing}`);
    }
  }
  if (chosen.size === 0) throw new DatasetError(['features'], 'there is no feature: the model would read nothing');
  for (const name of chosen.keys()) requireColumn(whole, name, ['features', name]);
  return new Map(
    [...chosen].map(([name, feature]) => [name, { ...feature, missing: (feature['missing'] ?? missing) as Feature['missing'] }]),
  );
}

/** In words: what makes a column the same in every row. */
function constant(cells: TableColumn, missing: MissingOptions['missing']): string | undefined {
  let only: Cell = null;
  if (cells.some((cell) => cell !== null && cell !== (only ??= cell))) return undefined;
  if (only === null) return 'has no value in any row';
  const isTold = missing === 'indicator' && cells.some((cell) => cell === null);
  return isTold ? undefined : `is ${shown(only)} in every row that has it`;
}

/** @throws DatasetError if a column is not there */
export function columnCalled(whole: Table, name: string, path: readonly (string | number)[]): TableColumn {
  const names = [...whole.columns.keys()];
  const cells = whole.columns.get(name);
  if (cells !== undefined) return cells;
  throw new DatasetError(path, `the table has no column "${name}"`, {
    hint: names.length === 0 ? 'it is empty' : `it has ${listOf(names)}`,
    unknown: { word: name, names },
  });
}

/**
 * Of files that came after training: whether they have what the model reads.
 * @param names of the columns that it reads
 * @returns a line about each column that the query names and the files lack
 * @throws DatasetError if a column is not there, or seems to be made of one that the files lack
 */
export function checkNewColumns(whole: Table, names: readonly string[]): string[] {
  for (const name of names) {
    const cells = columnCalled(whole, name, ['features', name]);
    if (whole.lacking.length === 0 || whole.length === 0 || cells.some((cell) => cell !== null)) continue;
    throw new DatasetError(
      ['features', name],
      `the query gives "${name}" no value, and the files lack ${listOf(whole.lacking)}`,
      {
        hint: `the query of the config is applied to new files as well: give them its columns, ${listOf(whole.source)} and what is lacking`,
      },
    );
  }
  return whole.lacking.map(
    (name) => `note: there is no column "${name}", which the data of training had: the query finds it empty`,
  );
}

/** @throws DatasetError if a column is not there or has no value */
export function requireColumn(whole: Table, name: string, path: readonly (string | number)[]): void {
  const cells = columnCalled(whole, name, path);
  if (whole.length > 0 && !cells.some((cell) => cell !== null))
    throw new DatasetError(path, `column "${name}" has no value in any row`, { hint: 'leave the column out' });
}

/** More categories than this are meant only by those who say so: names and texts would be a number for each row. */
const mostGuessed = 256;

const withDefaults = (type: string): Chosen => ({ ...kinds.get(type).options.parse({}), type });

function guess(name: string, { columns }: Table): Chosen {
  const cells = columns.get(name)!;
  if (!cells.some((cell) => typeof cell === 'string')) return withDefaults('numeric');
  if (!cells.some((cell) => cell !== null && Number.isNaN(timeOf(cell)))) return withDefaults('timestamp');
  // A few words among numbers are marks for what is missing, or mistakes: their rows will be told of.
  if (areMostlyNumbers(cells)) return withDefaults('numeric');
  const { length } = categoriesOf(cells);
  if (length <= mostGuessed) return withDefaults('category');
  throw new DatasetError(['features'], `column "${name}" has ${length} different words: is it a category or a text?`, {
    hint: 'list the columns to be read, with what they are, in `features`',
  });
}

/** The features in a line: `numeric a, b; category c`. */
export function describeFeatures(features: ReadonlyMap<string, Feature>): string {
  const byType = new Map<string, string[]>();
  for (const [name, { type }] of features) byType.set(type, [...(byType.get(type) ?? []), name]);
  return [...byType].map(([type, names]) => `${type} ${listOf(names)}`).join('; ');
}
