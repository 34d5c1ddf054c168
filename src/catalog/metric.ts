import type { z } from 'zod';
import { call, constant, input } from '../ops/expression.js';
import type { TensorId } from '../ops/op.js';
import { type Comparison, maskFor } from './comparison.js';
import type { Definition } from './registry.js';

/** What a metric needs to know of each batch, by name. Batches are added up, or put one after the other. */
export type Statistics = Readonly<Record<string, TensorId>>;

export interface MetricDefinition<Options extends z.ZodObject = z.ZodObject> extends Definition {
  readonly options: Options;
  /** Whether a larger value is better: what `monitor` and `best` go by. */
  readonly larger: 'better' | 'worse';
  /**
   * How statistics of batches become those of all: `add` (counts and sums), or `collect` (one row per record, kept until the end, for
   * what needs all records at once). What collects is measured in validation and test, not in training.
   */
  readonly batches: 'add' | 'collect';
  /** Appends the ops. Throws `ShapeError`. */
  build(comparison: Comparison, options: z.output<Options>): Statistics;
  /** The metric from the statistics of all batches: one number, or several by name, of which `''` is the main one. */
  result(statistics: Readonly<Record<string, ArrayLike<number>>>, options: z.output<Options>): number | Record<string, number>;
}

export function defineMetric<Options extends z.ZodObject>(definition: MetricDefinition<Options>): MetricDefinition {
  return definition as unknown as MetricDefinition;
}

/** The statistics of a mean of `terms`, `[batch, ...]`, over those that the mask counts: their sum and their number. */
export function meanStatistics(comparison: Comparison, terms: TensorId): Statistics {
  const { builder } = comparison;
  const shape = builder.shapeOf(terms);
  const mask = maskFor(comparison, shape);
  if (mask === undefined) {
    const count = shape.reduce((product, length) => product * length, 1);
    return { sum: builder.total(terms), count: builder.map(constant(count), [], []) };
  }
  const counted = builder.map(call('select', input(1), input(0), constant(0)), [terms, mask]);
  return { sum: builder.total(counted), count: builder.total(builder.map(input(0), [mask], shape)) };
}

/** The mean from `meanStatistics`. */
export const meanResult = ({ sum, count }: Readonly<Record<string, ArrayLike<number>>>): number => sum![0]! / count![0]!;
