import type { z } from 'zod';
import type { TensorId } from '../ops/op.js';
import type { Comparison } from './comparison.js';
import type { Definition } from './registry.js';

export type { Comparison } from './comparison.js';

export interface LossDefinition<Options extends z.ZodObject = z.ZodObject> extends Definition {
  readonly options: Options;
  /** The option that says how much each class counts, one number for each. */
  readonly classWeights?: string;
  /** Whether targets may be probabilities of classes in place of classes, which mixing makes of them. */
  readonly takesProbabilities?: true;
  /** Appends the ops; gives the mean over what counts, a tensor of shape `[]`. Throws `ShapeError`. */
  build(comparison: Comparison, options: z.output<Options>): TensorId;
}

export function defineLoss<Options extends z.ZodObject>(definition: LossDefinition<Options>): LossDefinition {
  return definition as unknown as LossDefinition;
}
