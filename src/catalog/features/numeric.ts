import { z } from 'zod';
import { shown } from '../../data/categories.js';
import { DatasetError } from '../../data/dataset-error.js';
import { meanOf, quantile, scalings, signedLog } from '../../data/quantiles.js';
import type { Cell, TableColumn } from '../../data/table-column.js';
import { type CellProblem, defineFeature } from '../feature.js';

/** What a column of numbers was fitted to: `(log?(clip(x)) - shift) / scale`. */
interface FittedNumbers {
  readonly low: number | null;
  readonly high: number | null;
  readonly shift: number;
  readonly scale: number;
  /** What stands for a missing value, before everything else. */
  readonly fill: number;
}

const bound = z.number();
const part = z.number().min(0).max(1);

/** A number, or a text that is one. */
export const numberOf = (cell: Cell): number =>
  typeof cell === 'string' && cell.trim() !== '' ? Number(cell) : (cell as number);

/** Whether a text is a number with a comma: a decimal one, or one between thousands. */
export const hasComma = (cell: Cell): boolean => typeof cell === 'string' && /^[-+]?\d[\d.]*(,\d+)+(\.\d+)?$/.test(cell.trim());

/** What is wrong with a cell that is to be a number of 32 bits. */
export function numberProblem(cell: Cell): CellProblem | undefined {
  const value = numberOf(cell);
  if (typeof value === 'number' && Number.isFinite(Math.fround(value))) return undefined;
  return {
    message: `found ${shown(cell)}, expected a number`,
    hint: hasComma(cell)
      ? "numbers have a point and no comma: replace(x, ',', '.')::DOUBLE in the query makes a decimal comma one; or declare the column as category"
      : typeof cell === 'string'
        ? "declare the column as category or text; a mark for what is missing becomes so in the query: NULLIF(x, '?')"
        : 'a 32-bit number goes up to 3.4e38; leave the row out in the query',
  };
}

/**
 * One value: a number, cut off at bounds and scaled by what the training part is. `robust` takes median and interquartile range, `log` is
 * `sign(x) ln(1 + |x|)`, then standardized.
 */
export const numeric = defineFeature({
  type: 'numeric',
  summary: 'A number, scaled by what the training part is.',
  options: z.object({
    scaling: z
      .enum(['standardize', 'min_max', 'robust', 'log', 'none'])
      .default('standardize')
      .describe(
        'standardize: mean 0 and standard deviation 1; min_max: from 0 to 1; robust: median 0 and interquartile range 1; log: sign(x) ln(1 + |x|), then standardized.',
      ),
    clip: z
      .union([
        z.tuple([bound, bound]),
        z.strictObject({ quantiles: z.tuple([part, part]).describe('Parts of the training rows, such as [0.01, 0.99].') }),
      ])
      .refine((clip) => {
        const [low, high] = Array.isArray(clip) ? clip : clip.quantiles;
        return low < high;
      }, 'the first bound must be below the second')
      .optional()
      .describe('Smaller and larger numbers become the bounds: two numbers, or quantiles of the training rows.'),
  }),
  problem: numberProblem,
  filled({ missing, fill = 0 }) {
    if (missing === 'constant') return `they become ${fill}`;
    return `they become the ${missing === 'median' ? 'median' : 'mean'} of the training part`;
  },
  fit({ scaling, clip, missing, fill }, { name, cells, rows, path }): FittedNumbers {
    const known = knownNumbers(cells, rows);
    if (known.length === 0) {
      throw new DatasetError(path, `column "${name}" has no value in the training part`, { hint: 'leave the column out' });
    }
    const quantilesOf = (...parts: number[]): number[] => {
      const sorted = known.slice().sort();
      return parts.map((part) => quantile(sorted, part));
    };
    const quantiles = clip === undefined || Array.isArray(clip) ? undefined : quantilesOf(...clip.quantiles);
    const [low = null, high = null] = quantiles ?? (clip as [number, number] | undefined) ?? [];
    const filled = missing === 'constant' ? Number(fill ?? 0) : missing === 'median' ? quantilesOf(0.5)[0]! : meanOf(known);
    if (!Number.isFinite(filled)) {
      throw new DatasetError([...path, 'fill'], `column "${name}" has numbers, and ${shown(fill!)} is none`);
    }
    if (scaling === 'none') return { low, high, shift: 0, scale: 1, fill: filled };
    const change = bounded({ low, high }, scaling === 'log');
    const { shift, scale } = scalings[scaling === 'log' ? 'standardize' : scaling](known.map(change));
    if (scale > 0) return { low, high, shift, scale, fill: filled };
    const isConstant = known.every((value) => value === known[0]);
    throw new DatasetError(
      path,
      isConstant
        ? `column "${name}" is ${known[0]} in every row of the training part: nothing can be learnt from it`
        : `column "${name}" cannot be scaled: ${scaling === 'robust' ? 'half of its values or more are the same' : 'between its bounds it is constant'}`,
      { hint: isConstant ? 'leave the column out, or declare it with `scaling: none`' : 'take another `scaling` or `clip`' },
    );
  },
  encoder({ scaling }, fitted, name) {
    const { shift, scale, fill, ...bounds } = fitted as FittedNumbers;
    const change = bounded(bounds, scaling === 'log');
    return {
      size: 1,
      names: [name],
      write(cell, values, at) {
        values[at] = (change(cell === null ? fill : numberOf(cell)) - shift) / scale;
        return undefined;
      },
    };
  },
});

/** The numbers of some rows, without those that are missing. */
function knownNumbers(cells: TableColumn, rows: Uint32Array): Float64Array {
  const known = new Float64Array(rows.length);
  let length = 0;
  for (const row of rows) {
    const cell = cells.at(row);
    if (cell !== null) known[length++] = numberOf(cell);
  }
  return known.subarray(0, length);
}

function bounded({ low, high }: Pick<FittedNumbers, 'low' | 'high'>, isLog: boolean): (x: number) => number {
  const [least, most] = [low ?? -Infinity, high ?? Infinity];
  return (x) => {
    const cut = x < least ? least : x > most ? most : x;
    return isLog ? signedLog(cut) : cut;
  };
}
