import type { z } from 'zod';
import type { TensorId } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';
import type { Shape } from '../shape.js';
import type { Chosen, Definition } from './registry.js';

/** How many inputs reach one output, and outputs one input: what initialisers scale by. */
export interface Fans {
  fanIn: number;
  fanOut: number;
}

/** What a layer builds itself with. */
export interface LayerContext {
  readonly builder: ProgramBuilder;
  /** The layer's name, unique in the model. */
  readonly name: string;
  /** False in evaluation: dropout passes everything. */
  readonly training: boolean;
  /** A trainable tensor `<layer>/<name>`. */
  parameter(name: string, shape: Shape, initializer: Chosen, fans: Fans): TensorId;
  /** Applies an activation of the catalogue. */
  activate(activation: Chosen, tensor: TensorId): TensorId;
}

export interface LayerDefinition<Options extends z.ZodObject = z.ZodObject> extends Definition {
  readonly options: Options;
  /** How many inputs the layer takes: one, or this many and more. */
  readonly inputs?: { readonly atLeast: number };
  /**
   * Appends the ops of the layer and gives back its output. The first axis of every tensor is the batch.
   * Throws `ShapeError` where the inputs' shapes do not fit.
   */
  build(context: LayerContext, inputs: readonly TensorId[], options: z.output<Options>): TensorId;
}

export function defineLayer<Options extends z.ZodObject>(definition: LayerDefinition<Options>): LayerDefinition {
  return definition as unknown as LayerDefinition;
}
