import { z } from 'zod';
import type { Column, Examples, Field } from '../../data/field.js';
import { type FittedColumn, categoriesOf, fitCategory, fitClass, fitNumeric, fitText } from '../../data/feature.js';
import { locateFiles } from '../../data/locate.js';
import { type Table, readTable, splitByContent } from '../../data/table.js';
import { UserError } from '../../errors.js';
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
  query: z.string().min(1).optional().describe('SQL over the table `data`, which has all rows of the files; DuckDB runs it.'),
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
    .describe('Rows that lack a number: an error, left out, or filled with the mean.'),
});
type Options = z.output<typeof options>;

/**
 * The rows of a table. Numeric columns and categories together are the input `input` `[numbers]`; each text column is an input of its own,
 * `[length]` words by their place in the vocabulary (0 is padding, 1 any other word), called `input` if it is the only one. Target: a
 * class, or a number as it is. What is fitted (means, categories, vocabularies) is fitted to the training part alone.
 */
export const table = defineDataset({
  type: 'table',
  summary: 'Rows of a table: CSV, TSV, JSON, Parquet, or what an SQL query makes of them.',
  options,
  describe: async (given, context) => (await load(given, context)).info,
  load,
});

/** The last table read: it is asked for twice, first for its shape. */
let last: { key: string; loaded: Promise<LoadedDataset> } | undefined;

function load(given: Options, context: DatasetContext): Promise<LoadedDataset> {
  const key = JSON.stringify([given, context.folder]);
  if (last?.key !== key) last = { key, loaded: read(given, context) };
  const { loaded } = last;
  loaded.catch(() => (last = undefined));
  return loaded;
}

async function read(given: Options, context: DatasetContext): Promise<LoadedDataset> {
  const whole = await readTable(locateFiles(given.path, context.folder), given.query);
  const { column: targetName } = given.target;
  const features = featuresOf(whole, given);
  const used = given.missing === 'drop' ? withoutGaps(whole, [...features.keys(), targetName]) : whole;
  const split = splitByContent(used, given.test, given.seed);
  if (split.train.length === 0 || split.test.length === 0) {
    throw new UserError(`${given.path} has ${used.length} rows: too few for a training and a test part`, { exit: 'usage' });
  }
  const targetCells = used.columns.get(targetName)!;
  const isClass = given.target.type === undefined ? looksLikeClass(targetCells) : given.target.type === 'class';
  const fittedTarget = isClass
    ? fitClass(targetName, targetCells, split.train)
    : fitNumeric(targetName, targetCells, split.train, { standardize: false, fill: false });

  const inputs: Record<string, Field> = {};
  const encoders: Record<
    string,
    { columns: string[]; fitted: FittedColumn[]; Values: typeof Float32Array | typeof Uint16Array }
  > = {};
  const numbers: { columns: string[]; fitted: FittedColumn[] } = { columns: [], fitted: [] };
  for (const [name, one] of features) {
    const cells = used.columns.get(name)!;
    if (one.type === 'text') {
      const fitted = fitText(cells, split.train, one);
      const own = features.size === 1 ? 'input' : name;
      inputs[own] = { kind: 'class', shape: [one.length], classes: fitted.names.length, labels: fitted.names };
      encoders[own] = { columns: [name], fitted: [fitted], Values: Uint16Array };
    } else {
      numbers.columns.push(name);
      const fill = given.missing === 'mean';
      numbers.fitted.push(
        one.type === 'category' ? fitCategory(name, cells, split.train) : fitNumeric(name, cells, split.train, { ...one, fill }),
      );
    }
  }
  if (numbers.columns.length > 0) {
    const width = numbers.fitted.reduce((sum, { names }) => sum + names.length, 0);
    inputs.input = { kind: 'number', shape: [width] };
    encoders.input = { ...numbers, Values: Float32Array };
  }
  const targetField: Field = isClass
    ? { kind: 'class', shape: [], classes: fittedTarget.names.length, labels: fittedTarget.names }
    : { kind: 'number', shape: [] };
  encoders.target = { columns: [targetName], fitted: [fittedTarget], Values: isClass ? Uint16Array : Float32Array };

  const examples = (rows: readonly number[]): Examples => ({
    length: rows.length,
    columns: Object.fromEntries(
      Object.entries(encoders).map(([name, { columns, fitted, Values }]): [string, Column] => [
        name,
        {
          values: Values.from(
            rows.flatMap((row) => columns.flatMap((column, i) => fitted[i]!.encode(used.columns.get(column)![row]!, row))),
          ),
        },
      ]),
    ),
  });
  return {
    info: { inputs, targets: { target: targetField }, trainLength: split.train.length, testLength: split.test.length },
    train: examples(split.train),
    test: examples(split.test),
    provenance: whole.provenance,
  };
}

/** The columns that the model reads, with what they are. Throws a `UserError` for a column that is not there. */
function featuresOf(whole: Table, { features, target: { column: targetName } }: Options): Map<string, Feature> {
  const names = [...whole.columns.keys()];
  for (const name of [targetName, ...Object.keys(features ?? {})]) {
    if (whole.columns.has(name)) continue;
    throw new UserError(`the table has no column "${name}"`, { hint: `it has ${names.join(', ')}`, exit: 'usage' });
  }
  if (features !== undefined) {
    if (features[targetName] === undefined) return new Map(Object.entries(features));
    throw new UserError(`the column "${targetName}" is both a feature and the target`, {
      hint: 'the model would read the answer',
      exit: 'usage',
    });
  }
  const others = names.filter((name) => name !== targetName);
  const isNumeric = (name: string): boolean =>
    whole.columns.get(name)!.every((cell) => cell === null || typeof cell === 'number');
  return new Map(
    others.map((name): [string, Feature] => [
      name,
      isNumeric(name) ? { type: 'numeric', standardize: true } : { type: 'category' },
    ]),
  );
}

/** Only the rows that lack nothing. */
function withoutGaps({ columns, provenance, length }: Table, needed: readonly string[]): Table {
  const rows = Array.from({ length }, (_, row) => row).filter((row) => needed.every((name) => columns.get(name)![row] !== null));
  const kept = new Map([...columns].map(([name, cells]) => [name, rows.map((row) => cells[row]!)] as const));
  return { columns: kept, length: rows.length, provenance };
}

/** Words are classes; so are whole numbers with few different values. */
function looksLikeClass(cells: readonly (string | number | null)[]): boolean {
  if (cells.some((cell) => typeof cell === 'string')) return true;
  const rows = cells.map((_, row) => row);
  return cells.every((cell) => cell === null || Number.isInteger(cell)) && categoriesOf(cells, rows).length <= 20;
}
