import type { z } from 'zod';
import type { TensorId } from '../ops/op.js';
import type { Comparison } from './comparison.js';
import type { Definition } from './registry.js';

export type { Comparison } from './comparison.js';

/**
 * softmax: probabilities of classes, of one logit for each; sigmoid: probabilities, each of one logit; logits: either, as the target has it;
 * scores: the class with the largest, or of a single one the second if it is above 0; exponential: of the logarithm of a number; none:
 * the output is the prediction.
 */
export type Link = 'softmax' | 'sigmoid' | 'logits' | 'scores' | 'exponential' | 'none';

export interface LossDefinition<Options extends z.ZodObject = z.ZodObject> extends Definition {
  readonly options: Options;
  /** The option that says how much each class counts, one number for each. */
  readonly classWeights?: string;
  /** Whether targets may be probabilities of classes in place of classes, which mixing makes of them. */
  readonly takesProbabilities?: true;
  /** A class that stands for none: repetitions of a class are joined, and then it is left out. */
  readonly blank?: (options: z.output<Options>) => number;
  /** What makes a prediction of the model's output, where that is not one itself. */
  readonly link?: (options: z.output<Options>) => Link;
  /** Appends the ops; gives the mean over what counts, a tensor of shape `[]`. Throws `ShapeError`. */
  build(comparison: Comparison, options: z.output<Options>): TensorId;
}

export function defineLoss<Options extends z.ZodObject>(definition: LossDefinition<Options>): LossDefinition {
  return definition as unknown as LossDefinition;
}
