import type { z } from 'zod';
import type { TensorId } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';
import type { Definition } from './registry.js';

/** What a loss or a metric compares. */
export interface Comparison {
  readonly builder: ProgramBuilder;
  /** The model's output, `[batch, ...]`. */
  readonly prediction: TensorId;
  /** The data set's target: for classes `[batch]`, the class as a whole number. */
  readonly target: TensorId;
}

export interface LossDefinition<Options extends z.ZodObject = z.ZodObject> extends Definition {
  readonly options: Options;
  /** Appends the ops; gives the mean over the batch, a tensor of shape `[]`. Throws `ShapeError`. */
  build(comparison: Comparison, options: z.output<Options>): TensorId;
}

export function defineLoss<Options extends z.ZodObject>(definition: LossDefinition<Options>): LossDefinition {
  return definition as unknown as LossDefinition;
}
