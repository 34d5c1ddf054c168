import type { z } from 'zod';
import type { TensorId } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';
import type { Shape } from '../shape.js';
import type { Definition } from './registry.js';

/** When an update takes place. */
export interface UpdateTime {
  /** The number of this update, from 1. */
  readonly step: number;
  /** What the schedule makes of `learning_rate` at this step. */
  readonly learningRate: number;
}

/** A tensor that an optimizer keeps for a parameter. */
export interface Slot {
  readonly name: string;
  readonly shape: Shape;
  /** What every element is at first: 0 unless given. */
  readonly initial?: number;
}

/** What an update computes with. */
export interface UpdateTensors {
  readonly parameter: TensorId;
  readonly gradient: TensorId;
  /** By the names of `slots`. */
  readonly slots: Readonly<Record<string, TensorId>>;
  /** By the names of `scalars`, each of shape `[]`. */
  readonly scalars: Readonly<Record<string, TensorId>>;
}

export interface OptimizerDefinition<Options extends z.ZodObject = z.ZodObject> extends Definition {
  readonly options: Options;
  /** The tensors kept for a parameter of this shape. */
  slots(options: z.output<Options>, shape: Shape): readonly Slot[];
  /** Numbers that change from step to step, computed in float64 and handed to the program as scalars. */
  scalars(options: z.output<Options>, time: UpdateTime): Readonly<Record<string, number>>;
  /** Appends the ops that give the parameter's and the slots' next values. */
  update(
    builder: ProgramBuilder,
    tensors: UpdateTensors,
    options: z.output<Options>,
  ): { parameter: TensorId; slots: Readonly<Record<string, TensorId>> };
}

export function defineOptimizer<Options extends z.ZodObject>(definition: OptimizerDefinition<Options>): OptimizerDefinition {
  return definition as unknown as OptimizerDefinition;
}
