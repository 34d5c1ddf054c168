import type { z } from 'zod';
import type { TensorId } from '../ops/op.js';
import type { Comparison } from './loss.js';
import type { Definition } from './registry.js';

export interface MetricDefinition<Options extends z.ZodObject = z.ZodObject> extends Definition {
  readonly options: Options;
  /** Whether a larger value is better: what `monitor` and `best` go by. */
  readonly larger: 'better' | 'worse';
  /** Appends the ops; gives the mean over the batch, a tensor of shape `[]`. Batches are averaged by their number of samples. */
  build(comparison: Comparison, options: z.output<Options>): TensorId;
}

export function defineMetric<Options extends z.ZodObject>(definition: MetricDefinition<Options>): MetricDefinition {
  return definition as unknown as MetricDefinition;
}
