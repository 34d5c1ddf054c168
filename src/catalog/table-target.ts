import { z } from 'zod';
import { categoriesOf, listOf, looksLikeClass, placesOf, shown } from '../data/categories.js';
import { DatasetError } from '../data/dataset-error.js';
import type { Field } from '../data/field.js';
import type { Table } from '../data/table.js';
import type { Cell } from '../data/table-column.js';
import type { CellEncoder, CellProblem, FeatureColumn } from './feature.js';
import { numberOf, numberProblem } from './features/numeric.js';
import { areMostlyNumbers } from './mostly-numbers.js';

const columnAlone = z
  .string()
  .min(1)
  .transform((column) => ({ column, type: undefined }));
export const targetType = z
  .enum(['class', 'numeric'])
  .optional()
  .describe('By default numeric for numbers with a fraction or many values, else class.');
const described = z.strictObject({ column: z.string().min(1).describe('The column that is to be told.'), type: targetType });

/** The option that says what is to be told: a column by its name, with or without what it holds. */
export const targetOption = z.union([columnAlone, described]);

export const scaleTarget = z
  .boolean()
  .default(false)
  .describe(
    'Whether numbers get mean 0 and standard deviation 1 over the training part. Losses are then in standard deviations; metrics and predictions are not.',
  );
/** Numbers alone are standardized. */
export const canBeScaled = ({ type, standardize }: { type?: string | undefined; standardize: boolean }): boolean =>
  !standardize || type !== 'class';
const scaledTarget = z.union([
  columnAlone.transform((target) => ({ ...target, standardize: false })),
  described
    .extend({ standardize: scaleTarget })
    .refine(canBeScaled, { message: 'classes are not standardized', path: ['standardize'] }),
]);

/** As `targetOption`, of a table of which the column is a part, or several of them. */
export const tableTargetOption = z.union([...scaledTarget.options, z.array(scaledTarget).min(1)]);
export type TargetOption = z.output<typeof tableTargetOption>;

/** A column that is to be told. */
export type TableTarget = z.output<typeof scaledTarget> & {
  /** What the field is called: `target`, or of several as its column. */
  readonly name: string;
  /** Where the config names it. */
  readonly path: readonly (string | number)[];
};

/** @throws DatasetError if a column is named twice, or called like an input */
export function tableTargets(target: TargetOption): TableTarget[] {
  return nameTargets(
    Array.isArray(target) ? target.map((one, i) => ({ ...one, path: ['target', i] })) : [{ ...target, path: ['target'] }],
  );
}

/** @throws DatasetError as `tableTargets` does */
export function nameTargets(targets: readonly Omit<TableTarget, 'name'>[]): TableTarget[] {
  return targets.map((one, i) => {
    if (targets.findIndex(({ column }) => column === one.column) < i) {
      throw new DatasetError(one.path, `the column "${one.column}" is named twice`, { hint: 'leave one of them out' });
    }
    if (targets.length > 1 && one.column === 'input') {
      throw new DatasetError(one.path, 'a target cannot be called "input", as what the model reads', {
        hint: 'name it otherwise in the query: SELECT input AS told, …',
      });
    }
    return { ...one, name: targets.length === 1 ? 'target' : one.column };
  });
}

/** The key that says whether a column is a class or a number: that of a target, or of a label among the features. */
const typeKey = ([part]: TableTarget['path']): 'type' | 'kind' => (part === 'features' ? 'kind' : 'type');

/**
 * What a column that is to be told holds.
 * @throws DatasetError if it has numbers with a few words among them
 */
export function guessTarget(
  { columns, nameOf }: Pick<Table, 'columns' | 'nameOf'>,
  { column, path }: Pick<TableTarget, 'column' | 'path'>,
): FittedTarget['type'] {
  const cells = columns.get(column)!;
  if (!cells.some((cell) => typeof cell === 'string')) return looksLikeClass(cells) ? 'class' : 'numeric';
  if (!areMostlyNumbers(cells)) return 'class';
  for (let row = 0; row < cells.length; row++) {
    const cell = cells.at(row);
    if (cell === null || numberProblem(cell) === undefined) continue;
    throw new DatasetError(
      path,
      `column "${column}" has numbers, but in ${nameOf(row)} ${shown(cell)}: is it a class or a number?`,
      {
        hint: `say which: \`${path[0] === 'features' ? `${column}: { type: label, kind: class }` : `target: { column: ${column}, type: class }`}\`, or \`${typeKey(path)}: numeric\`, for which such rows are wrong`,
      },
    );
  }
  return 'numeric';
}

/** What a target was fitted to: a JSON value. */
export type FittedTarget =
  | { readonly type: 'numeric'; readonly mean?: number; readonly deviation?: number }
  | { readonly type: 'class'; readonly classes: readonly string[] };

/** A 16-bit number tells so many apart. */
const mostClasses = 2 ** 16;

export const targetProblem = (type: FittedTarget['type'], cell: Cell): CellProblem | undefined =>
  type === 'numeric' ? numberProblem(cell) : undefined;

/**
 * The classes of the rows that are not for the test.
 * @throws DatasetError if there is one only, or too many
 */
export function fitTarget(type: FittedTarget['type'], { name, cells, rows, path }: FeatureColumn): FittedTarget {
  if (type === 'numeric') return { type };
  const classes = categoriesOf(cells, rows);
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
      { hint: `\`${typeKey(path)}: numeric\` for a number` },
    );
  }
  return { type, classes };
}

/**
 * The mean and the standard deviation of the rows that are trained on.
 * @throws DatasetError if the target is the same in all of them, or a class
 */
export function standardizedTarget({ type }: FittedTarget, { name, cells, rows, path }: FeatureColumn): FittedTarget {
  if (type === 'class') {
    throw new DatasetError([...path, 'standardize'], `the target "${name}" is a class, and only numbers are standardized`, {
      hint: `leave \`standardize\` out, or say \`${typeKey(path)}: numeric\``,
    });
  }
  let [mean, squares, count] = [0, 0, 0];
  // Welford (1962): sums of squares would lose the digits of values far from 0.
  for (const row of rows) {
    const value = numberOf(cells.at(row));
    const difference = value - mean;
    mean += difference / ++count;
    squares += difference * (value - mean);
  }
  if (squares > 0) return { type, mean, deviation: Math.sqrt(squares / count) };
  throw new DatasetError(
    path,
    `the target "${name}" is ${mean} in every row of the training part: nothing can be learnt from it`,
  );
}

export function targetField(fitted: FittedTarget): Field {
  if (fitted.type === 'numeric') {
    const { mean, deviation } = fitted;
    const scale = mean === undefined || deviation === undefined ? {} : { scale: { mean: [mean], deviation: [deviation] } };
    return { kind: 'number', shape: [], ...scale };
  }
  return { kind: 'class', shape: [], classes: fitted.classes.length, labels: fitted.classes };
}

/** A class by its place among those of the training part, or a number, standardized where that is fitted. */
export function targetEncoder(fitted: FittedTarget, name: string): CellEncoder {
  if (fitted.type === 'numeric') {
    const { mean = 0, deviation = 1 } = fitted;
    return {
      size: 1,
      names: [name],
      write(cell, values, at) {
        values[at] = (numberOf(cell) - mean) / deviation;
        return undefined;
      },
    };
  }
  const places = placesOf(fitted.classes);
  return {
    size: 1,
    names: fitted.classes,
    isKnown: (cell) => places.has(String(cell)),
    write(cell, values, at) {
      const own = places.get(String(cell));
      if (own === undefined) {
        return {
          message: `the training part has no class ${shown(cell)}, only ${listOf(fitted.classes)}`,
          hint: 'correct the value, leave rare classes out in the query, or take another `seed` for the split',
        };
      }
      values[at] = own;
      return undefined;
    },
  };
}
