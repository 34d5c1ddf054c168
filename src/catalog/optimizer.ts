import type { z } from 'zod';
import type { TensorId } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';
import type { Definition } from './registry.js';

/** When an update takes place. */
export interface UpdateTime {
  /** The number of this update, from 1. */
  readonly step: number;
  /** What the schedule makes of `learning_rate` at this step. */
  readonly learningRate: number;
}

export interface OptimizerDefinition<Options extends z.ZodObject = z.ZodObject> extends Definition {
  readonly options: Options;
  /** Tensors of the parameter's shape kept for each parameter, zero at first. */
  slots(options: z.output<Options>): readonly string[];
  /** Numbers that change from step to step, computed in float64 and handed to the program as scalars. */
  scalars(options: z.output<Options>, time: UpdateTime): Readonly<Record<string, number>>;
  /** Appends the ops that give the parameter's and the slots' next values. */
  update(
    builder: ProgramBuilder,
    tensors: {
      readonly parameter: TensorId;
      readonly gradient: TensorId;
      /** By the names of `slots`. */
      readonly slots: Readonly<Record<string, TensorId>>;
      /** By the names of `scalars`, each of shape `[]`. */
      readonly scalars: Readonly<Record<string, TensorId>>;
    },
    options: z.output<Options>,
  ): { parameter: TensorId; slots: Readonly<Record<string, TensorId>> };
}

export function defineOptimizer<Options extends z.ZodObject>(definition: OptimizerDefinition<Options>): OptimizerDefinition {
  return definition as unknown as OptimizerDefinition;
}
