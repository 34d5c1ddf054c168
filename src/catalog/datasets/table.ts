import { z } from 'zod';
import { DatasetError } from '../../data/dataset-error.js';
import {
  type FittedColumn,
  type TableColumn,
  categoriesOf,
  fitCategory,
  fitClass,
  fitNumeric,
  fitText,
  listOf,
} from '../../data/feature.js';
import type { Column, Examples, Field } from '../../data/field.js';
import { locateFiles } from '../../data/locate.js';
import { type Cell, type Table, readTable, splitByContent } from '../../data/table.js';
import { type DatasetContext, type LoadedDataset, defineDataset } from '../dataset.js';

const numeric = z.strictObject({
  type: z.literal('numeric'),
  standardize: z.boolean().default(true).describe('Whether it gets mean 0 and standard deviation 1 over the training part.'),
});
const category = z.strictObject({ type: z.literal('category') });
const text = z.strictObject({
  type: z.literal('text'),
  length: z.int().positive().default(100).describe('Words that are read.'),
  vocabulary: z.int().min(3).max(65536).default(5000).describe('The commonest words that are told apart.'),
});

const featureSchema = z.discriminatedUnion('type', [numeric, category, text]);
type Feature = z.output<typeof featureSchema>;

const feature = z
  .union([z.enum(['numeric', 'category', 'text']).transform((type) => featureSchema.parse({ type })), featureSchema])
  .describe('numeric: a number; category: one number of each value, of which one is 1; text: an input of words by its own name.');
const target = z.union([
  z
    .string()
    .min(1)
    .transform((column) => ({ column, type: undefined })),
  z.strictObject({
    column: z.string().min(1).describe('The column that is to be told.'),
    type: z
      .enum(['class', 'numeric'])
      .optional()
      .describe('By default numeric for numbers with a fraction or many values, else class.'),
  }),
]);

const options = z.object({
  path: z
    .string()
    .min(1)
    .describe(
      'CSV, TSV, JSON, JSON lines or Parquet, from the folder of the config, or npm:<package>/<file>; `*` takes several.',
    ),
  header: z
    .boolean()
    .default(true)
    .describe('Whether the first line of a CSV names the columns; else they are column0, column1, …'),
  query: z
    .string()
    .min(1)
    .optional()
    .describe(
      'SQL over the table `data`, which has all rows of the files: one SELECT, which DuckDB runs and which reads nothing else.',
    ),
  features: z
    .record(z.string(), feature)
    .optional()
    .describe('What the model reads: columns by name. By default all but the target, numbers as numeric and words as category.'),
  target: target.describe('The column that is to be told, and whether it is a class or a number.'),
  test: z.number().gt(0).lt(1).default(0.2).describe('The part of the rows that is kept for the test, chosen by their content.'),
  seed: z.int().nonnegative().default(0).describe('Another number makes another split.'),
  missing: z
    .enum(['fail', 'drop', 'mean'])
    .default('fail')
    .describe(
      'What becomes of rows that lack a value: fail: an error; drop: left out; mean: a number becomes the mean, a category none, a text empty.',
    ),
});
type Options = z.output<typeof options>;

/**
 * The rows of a table. Numeric columns and categories together are the input `input` `[numbers]`; each text column is an input of its own,
 * `[length]` words by their place in the vocabulary (0 is padding, 1 any other word), called `input` if it is the only feature. Target: a
 * class, or a number as it is. What is fitted (means, categories, vocabularies) is fitted to the training part alone.
 */
export const table = defineDataset({
  type: 'table',
  summary: 'Rows of a table: CSV, TSV, JSON, Parquet, or what an SQL query makes of them.',
  options,
  async describe(given, context) {
    const key = keyOf(given, context);
    if (described?.key !== key) described = { key, loaded: read(given, context) };
    const { loaded } = described;
    loaded.catch(() => (described = undefined));
    return (await loaded).info;
  },
  async load(given, context) {
    const loaded = described?.key === keyOf(given, context) ? described.loaded : read(given, context);
    described = undefined;
    return loaded;
  },
});

/** What was read for its shape, until it is asked for: to know the shape is to read all of it. */
let described: { key: string; loaded: Promise<LoadedDataset> } | undefined;
const keyOf = (given: Options, { folder }: DatasetContext): string => JSON.stringify([given, folder]);

/** Columns that together are a field of the records. */
interface Encoder {
  readonly field: Field;
  readonly columns: readonly FittedColumn[];
  readonly Values: typeof Float32Array | typeof Uint16Array;
}

async function read(given: Options, context: DatasetContext): Promise<LoadedDataset> {
  const whole = await readTable(locateFiles(given.path, context.folder), given);
  const features = featuresOf(whole, given);
  const split = splitByContent(whole, completeRows(whole, [...features.keys()], given), { part: given.test, seed: given.seed });
  for (const [part, { length }] of Object.entries(split)) {
    if (length > 0) continue;
    const rows = split.train.length + split.test.length;
    throw new DatasetError(
      ['path'],
      `the table has ${rows} rows${given.missing === 'drop' ? ' that lack nothing' : ''}, of which none is in the ${part} part`,
      {
        hint: 'take more rows, another `test` or another `seed`',
      },
    );
  }
  const columnOf = (name: string, path: TableColumn['path']): TableColumn => ({
    name,
    cells: whole.columns.get(name)!,
    train: split.train,
    path,
  });
  const inputs = encodeFeatures(features, (name) => columnOf(name, ['features', name]));
  const target = encodeTarget(columnOf(given.target.column, ['target']), given.target.type);
  const fieldsOf = (encoders: Record<string, Encoder>): Record<string, Field> =>
    Object.fromEntries(Object.entries(encoders).map(([name, { field }]) => [name, field]));
  const examples = (rows: readonly number[]): Examples => ({
    length: rows.length,
    columns: Object.fromEntries(Object.entries({ ...inputs, target }).map(([name, encoder]) => [name, encode(encoder, rows)])),
  });
  return {
    info: {
      inputs: fieldsOf(inputs),
      targets: { target: target.field },
      trainLength: split.train.length,
      testLength: split.test.length,
    },
    train: examples(split.train),
    test: examples(split.test),
    provenance: whole.provenance,
  };
}

/** The columns that the model reads, with what they are. Throws a `DatasetError` for a column that is not there. */
function featuresOf(whole: Table, { features, target: { column: targetName } }: Options): Map<string, Feature> {
  const names = [...whole.columns.keys()];
  const require = (name: string, path: TableColumn['path']): void => {
    const cells = whole.columns.get(name);
    if (cells === undefined) {
      throw new DatasetError(path, `the table has no column "${name}"`, {
        hint: names.length === 0 ? 'it is empty' : `it has ${listOf(names)}`,
        unknown: { word: name, names },
      });
    }
    if (whole.length > 0 && cells.every((cell) => cell === null))
      throw new DatasetError(path, `column "${name}" has no value in any row`, { hint: 'leave the column out' });
  };
  require(targetName, ['target']);
  const chosen = new Map(Object.entries(features ?? {}));
  if (chosen.has(targetName)) {
    throw new DatasetError(['features', targetName], `the column "${targetName}" is both a feature and the target`, {
      hint: 'the model would read the answer; leave it out',
    });
  }
  if (features === undefined) {
    for (const name of names) if (name !== targetName) chosen.set(name, guess(name, whole));
  }
  if (chosen.size === 0) throw new DatasetError(['features'], 'there is no feature: the model would read nothing');
  for (const name of chosen.keys()) require(name, ['features', name]);
  return chosen;
}

/** More categories than this are meant only by those who say so: names and texts would be a number for each row. */
const mostGuessed = 256;

function guess(name: string, { columns }: Table): Feature {
  const cells = columns.get(name)!;
  if (cells.every((cell) => cell === null || typeof cell === 'number')) return { type: 'numeric', standardize: true };
  const { length } = categoriesOf(cells, cells.keys());
  if (length <= mostGuessed) return { type: 'category' };
  throw new DatasetError(['features'], `column "${name}" has ${length} different words: is it a category or a text?`, {
    hint: 'list the columns to be read, with what they are, in `features`',
  });
}

/** The rows that lack nothing; those that do fail, are left out or are kept, as `missing` says. */
function completeRows(whole: Table, features: readonly string[], { missing, target: { column } }: Options): number[] {
  const rows: number[] = [];
  for (let row = 0; row < whole.length; row++) {
    const isMissing = (name: string): boolean => whole.columns.get(name)![row] === null;
    const gap = isMissing(column) ? column : missing === 'mean' ? undefined : features.find(isMissing);
    if (gap === undefined) rows.push(row);
    else if (missing !== 'drop') {
      const hint =
        gap === column
          ? '`missing: drop` leaves such rows out'
          : '`missing: drop` leaves such rows out, `missing: mean` fills them';
      throw new DatasetError(
        gap === column ? ['target'] : ['features', gap],
        `row ${row + 1}, column "${gap}": the value is missing`,
        { hint },
      );
    }
  }
  return rows;
}

function encodeFeatures(
  features: ReadonlyMap<string, Feature>,
  columnOf: (name: string) => TableColumn,
): Record<string, Encoder> {
  const encoders: Record<string, Encoder> = {};
  const numbers: FittedColumn[] = [];
  for (const [name, feature] of features) {
    const column = columnOf(name);
    if (feature.type === 'numeric') numbers.push(fitNumeric(column, feature));
    else if (feature.type === 'category') numbers.push(fitCategory(column));
    else {
      const fitted = fitText(column, feature);
      const own = features.size === 1 ? 'input' : name;
      const field: Field = { kind: 'class', shape: [fitted.size], classes: fitted.names.length, labels: fitted.names };
      encoders[own] = { field, columns: [fitted], Values: Uint16Array };
    }
  }
  for (const taken of [...(numbers.length > 0 ? ['input'] : []), 'target']) {
    if (!Object.hasOwn(encoders, taken)) continue;
    throw new DatasetError(['features', taken], `a text column cannot be called "${taken}", which stands for something else`, {
      hint: `name it otherwise in the query: SELECT ${taken} AS words, …`,
    });
  }
  if (numbers.length === 0) return encoders;
  const width = numbers.reduce((sum, { size }) => sum + size, 0);
  return { ...encoders, input: { field: { kind: 'number', shape: [width] }, columns: numbers, Values: Float32Array } };
}

function encodeTarget(column: TableColumn, type: 'class' | 'numeric' | undefined): Encoder {
  const isClass = type === undefined ? looksLikeClass(column.cells) : type === 'class';
  if (!isClass) {
    return { field: { kind: 'number', shape: [] }, columns: [fitNumeric(column, { standardize: false })], Values: Float32Array };
  }
  const fitted = fitClass(column);
  return {
    field: { kind: 'class', shape: [], classes: fitted.names.length, labels: fitted.names },
    columns: [fitted],
    Values: Uint16Array,
  };
}

/** Words are classes; so are whole numbers with few different values. */
function looksLikeClass(cells: readonly Cell[]): boolean {
  if (cells.some((cell) => typeof cell === 'string')) return true;
  return cells.every((cell) => cell === null || Number.isInteger(cell)) && categoriesOf(cells, cells.keys()).length <= 20;
}

/** 2 GiB of 32-bit numbers. */
const mostValues = 2 ** 29;

function encode({ columns, Values }: Encoder, rows: readonly number[]): Column {
  const width = columns.reduce((sum, { size }) => sum + size, 0);
  if (rows.length * width > mostValues) {
    throw new DatasetError(['features'], `${rows.length} rows of ${width} values each are too much to be held in memory`, {
      hint: 'take fewer rows, or fewer categories',
    });
  }
  const values = new Values(rows.length * width);
  let at = 0;
  for (const row of rows) {
    for (const column of columns) {
      column.write(row, values, at);
      at += column.size;
    }
  }
  return { values };
}
