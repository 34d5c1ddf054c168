import { z } from 'zod';
import { featureKeys, missingPolicies } from './feature.js';
import { columnTypes } from './features/index.js';
import { label } from './features/label.js';
import { obtain } from './obtain.js';
import { hasLabel } from './table-labels.js';
import { tableTargetOption } from './table-target.js';

/** What says where rows are read from: the same for every data set of rows. */
export const tableFiles = {
  path: z
    .string()
    .min(1)
    .describe(
      'CSV, TSV, JSON, JSON lines, Parquet or SQLite, from the folder of the config, or npm:<package>/<file>; `*` takes several.',
    ),
  obtain,
  header: z
    .boolean()
    .default(true)
    .describe('Whether the first line of a CSV names the columns; else they are column0, column1, …'),
  table: z.string().min(1).optional().describe('Of a database of SQLite: the table or view; by default its only one.'),
};

/** What a table may say, without the rule that something is told. */
export const tableKeys = z.object({
  ...tableFiles,
  query: z
    .string()
    .min(1)
    .optional()
    .describe(
      'SQL over the table `data`, which has all rows of the files: one SELECT, which DuckDB runs and which reads nothing else.',
    ),
  features: z
    .record(
      z.string(),
      columnTypes.schemaOrName(({ type }) => (type === label.type ? {} : featureKeys)),
    )
    .optional()
    .describe(
      'What the model reads: columns by name. By default, and where it names labels alone, all but what is told: numbers, times, and words as categories.',
    ),
  target: tableTargetOption
    .optional()
    .describe(
      'The column that is to be told, and whether it is a class or a number; or a list of several, which losses and metrics then name. By default the labels among the features.',
    ),
  test: z
    .union([z.number().gt(0).lt(1), z.string().min(1)])
    .default(0.2)
    .describe(
      'The part of the rows that is kept for the test, chosen by their content; or the path of files with rows for the test.',
    ),
  seed: z.int().nonnegative().default(0).describe('Another number makes another split.'),
  missing: z
    .enum(missingPolicies)
    .default('fail')
    .describe(
      'What becomes of rows that lack a value: fail: an error; drop: left out; mean, median: a number becomes that of the training part, a category none, a text empty; constant: what `fill` of the feature says; indicator: as mean, with one value more that is 1 where it is missing.',
    ),
  on_error: z
    .enum(['fail', 'skip'])
    .default('fail')
    .describe('What becomes of rows that cannot be read: an error, or left out, counted and the first 20 of them listed.'),
  memory_mb: z
    .number()
    .nonnegative()
    .default(512)
    .describe(
      'Megabytes that rows may take in memory as the model reads them. If they take more, they are put into a file and read from there. ' +
        'While it is read the table itself is in memory: eight bytes for each number, four for any other value, and each different text.',
    ),
  cache: z
    .boolean()
    .default(false)
    .describe(
      'Whether rows as the model reads them are kept in the cache folder, until somebody deletes them, and used again, in place of the table, ' +
        'while files and options are the same.',
    ),
});

/** The options of the data set `table`. */
export const tableOptions = tableKeys.refine(({ target, features }) => target !== undefined || hasLabel(features), {
  message: 'nothing is to be told',
  path: ['target'],
});
