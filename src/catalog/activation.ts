import type { z } from 'zod';
import type { TensorId } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';
import type { Definition } from './registry.js';

export interface ActivationDefinition<Options extends z.ZodObject = z.ZodObject> extends Definition {
  readonly options: Options;
  /** Appends the ops; the output has the shape of `x`. */
  apply(builder: ProgramBuilder, x: TensorId, options: z.output<Options>): TensorId;
}

export function defineActivation<Options extends z.ZodObject>(definition: ActivationDefinition<Options>): ActivationDefinition {
  return definition as unknown as ActivationDefinition;
}
