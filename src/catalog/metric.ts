import type { z } from 'zod';
import type { Field } from '../data/field.js';
import { constant } from '../ops/expression.js';
import type { TensorId } from '../ops/op.js';
import { size } from '../shape.js';
import { type Comparison, type Counting, sumsOf } from './comparison.js';
import type { Definition } from './registry.js';

/** What a metric needs to know of each batch, by name. Batches are added up, or put one after the other. */
export type Statistics = Readonly<Record<string, TensorId>>;

/** The statistics of all batches, by name. */
export type Collected = Readonly<Record<string, ArrayLike<number>>>;

export interface MetricDefinition<Options extends z.ZodObject = z.ZodObject> extends Definition {
  readonly options: Options;
  /** Whether a larger value is better: what `monitor` and `best` go by. */
  readonly larger: 'better' | 'worse';
  /**
   * How statistics of batches become those of all: `add` (counts and sums), or `collect` (rows, put one after the other and kept until the
   * end, for what needs all records at once). What collects is measured in validation and test, not in training.
   */
  readonly batches: 'add' | 'collect';
  /** The names of what `result` gives besides the main number: those of classes, say. */
  parts?(options: z.output<Options>, field: Field): readonly string[];
  /** Appends the ops. Throws `ShapeError` and `ComparisonError`. */
  build(comparison: Comparison, options: z.output<Options>): Statistics;
  /** The metric from the statistics of all batches: one number, or several by name, of which `''` is the main one. */
  result(statistics: Collected, options: z.output<Options>, field: Field): number | Record<string, number>;
}

export function defineMetric<Options extends z.ZodObject>(definition: MetricDefinition<Options>): MetricDefinition {
  return definition as unknown as MetricDefinition;
}

/** The statistics of a mean of `terms`, `[batch, ...]`, over those that count: their sum and their number. */
export function meanStatistics(comparison: Comparison, terms: TensorId, counting: Pick<Counting, 'counts'> = {}): Statistics {
  const { builder } = comparison;
  const { sum, divisor } = sumsOf(comparison, terms, counting);
  return { sum, count: divisor ?? builder.map(constant(size(builder.shapeOf(terms))), [], []) };
}

/** The mean from `meanStatistics`; 0 where nothing counted. */
export const meanResult = ({ sum, count }: Collected): number => (count![0] === 0 ? 0 : sum![0]! / count![0]!);
