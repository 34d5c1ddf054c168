import { z } from 'zod';
import { type BatchTransform, pointwise } from '../data/byte-table.js';
import type { Scale } from '../data/quantiles.js';
import { UserError } from '../errors.js';

/** What is fitted apart. */
export const axisOption = {
  axis: z
    .enum(['channel', 'feature', 'all'])
    .default('channel')
    .describe('What is fitted apart: each channel (the last axis), each value of a record, or nothing: all values together.'),
};
type Axis = z.output<typeof axisOption.axis>;
type Batches = () => AsyncIterable<Float32Array>;

/** How many groups of values are fitted apart: value i of a record is one of group i modulo that. */
export function groupsOf(axis: Axis, shape: readonly number[]): number {
  if (axis === 'all') return 1;
  return axis === 'channel' ? (shape.at(-1) ?? 1) : sizeOf(shape);
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

/** Of a group of values over the training records. */
export interface GroupStatistics {
  readonly mean: number;
  readonly deviation: number;
  readonly least: number;
  readonly most: number;
}

/**
 * In two passes: squares are of what is left after the mean.
 * @throws UserError where a value is not finite
 */
export async function statisticsOf(groups: number, batches: Batches): Promise<GroupStatistics[]> {
  const [sums, squares] = [new Float64Array(groups), new Float64Array(groups)];
  const [least, most] = [new Float64Array(groups).fill(Infinity), new Float64Array(groups).fill(-Infinity)];
  let count = 0;
  for await (const values of batches()) {
    count += values.length / groups;
    for (let i = 0, group = 0; i < values.length; i++, group = group + 1 === groups ? 0 : group + 1) {
      const value = values[i]!;
      sums[group]! += value;
      if (value < least[group]!) least[group] = value;
      if (value > most[group]!) most[group] = value;
    }
  }
  if (!sums.every(Number.isFinite)) {
    throw new UserError('values of the training part are NaN or infinite, to which nothing can be fitted', {
      hint: 'what comes before it makes them so; `nn data` shows the range of the values',
      exit: 'usage',
    });
  }
  const means = sums.map((sum) => sum / count);
  for await (const values of batches()) {
    for (let i = 0, group = 0; i < values.length; i++, group = group + 1 === groups ? 0 : group + 1) {
      squares[group]! += (values[i]! - means[group]!) ** 2;
    }
  }
  return Array.from(means, (mean, group) => ({
    mean,
    deviation: Math.sqrt(squares[group]! / count),
    least: least[group]!,
    most: most[group]!,
  }));
}

/** So many values are sorted at most. */
const mostSorted = 2 ** 24;

/** The sorted values of each group over the training records; of evenly spaced records, where all would be too much. */
export async function sortedGroups(
  groups: number,
  shape: readonly number[],
  batches: Batches,
  most = mostSorted,
): Promise<Float64Array[]> {
  const size = sizeOf(shape);
  let records = 0;
  for await (const values of batches()) records += values.length / size;
  const every = Math.max(1, Math.ceil((records * size) / most));
  const found = Array.from({ length: groups }, () => new Float64Array((Math.ceil(records / every) * size) / groups));
  const counts = new Uint32Array(groups);
  let record = 0;
  for await (const values of batches()) {
    for (let start = 0; start < values.length; start += size, record++) {
      if (record % every !== 0) continue;
      for (let i = 0; i < size; i++) found[i % groups]![counts[i % groups]!++] = values[start + i]!;
    }
  }
  return found.map((values) => values.sort());
}

/** What is the same in every record says nothing, and becomes 0: the edges of pictures. */
export const usable = ({ shift, scale }: Scale): Scale => ({ shift, scale: scale > 0 ? scale : 1 });

/** `(x - shift) / scale`, each value as its group. */
export function scaleBy(scales: readonly Scale[]): (values: Float32Array) => void {
  const groups = scales.length;
  return (values) => {
    for (let i = 0, group = 0; i < values.length; i++, group = group + 1 === groups ? 0 : group + 1) {
      const { shift, scale } = scales[group]!;
      values[i] = (values[i]! - shift) / scale;
    }
  };
}

/** A change of each value by itself that may differ between groups: for bytes a table, unless each place of a record is one. */
export function transformOf(axis: Axis, shape: readonly number[], change: (values: Float32Array) => void): BatchTransform {
  return axis === 'feature' && shape.length > 1 ? change : pointwise(change);
}
