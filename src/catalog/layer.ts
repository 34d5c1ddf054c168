import type { z } from 'zod';
import type { TensorId } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';
import type { Shape } from '../shape.js';
import type { Chosen, Definition } from './registry.js';
import { withWeightOptions } from './weight-options.js';

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
  /** False where the config says `trainable: false`: statistics are then read as in evaluation, and not updated. */
  readonly trainable: boolean;
  /**
   * A trainable tensor `<layer>/<name>`. Several initialisers are for equal parts of its last axis, in order. An initialiser that is an
   * option `<weights>_initializer` brings along what the options beside it say: `<weights>_regularizer` and `<weights>_constraint`.
   */
  parameter(name: string, shape: Shape, initializer: Chosen | readonly Chosen[], fans: Fans): TensorId;
  /**
   * A tensor `<layer>/<name>` that is kept and evaluated with but not trained, such as a running mean. Every element starts at
   * `initial`. A layer being trained gives its next value with `updateStatistic`.
   */
  statistic(name: string, shape: Shape, initial: number): TensorId;
  updateStatistic(name: string, next: TensorId): void;
  /** A tensor whose values depend on nothing but the layer's options and shapes. It is in no checkpoint. */
  constant(name: string, shape: Shape, values: () => Float32Array): TensorId;
  /** For each input its mask `[batch, time]`, if it has one: 1 where a step counts, 0 where it is padding. */
  readonly masks: readonly (TensorId | undefined)[];
  /** For each input that holds classes of the data set, or words of a vocabulary, how many there are. */
  readonly classes: readonly (number | undefined)[];
  /** Applies an activation of the catalogue. */
  activate(activation: Chosen, tensor: TensorId): TensorId;
}

/** A layer's output with a mask of its own. */
export interface Masked {
  readonly output: TensorId;
  /** `[batch, time]`, or `undefined` where every step counts. */
  readonly mask: TensorId | undefined;
}

export interface LayerDefinition<Options extends z.ZodObject = z.ZodObject> extends Definition {
  readonly options: Options;
  /** How many inputs the layer takes: one, or this many. */
  readonly inputs?: { readonly atLeast: number; readonly atMost?: number };
  /**
   * What becomes of an input's mask. `keep`: each step of the output is made of that step of the input alone, so the mask holds for
   * the output as well. `use`: the layer looks at `masks` itself, and returns what holds for its output. Without it a masked input is
   * an error, since padding would be taken for data.
   */
  readonly masking?: 'keep' | 'use';
  /**
   * Appends the ops of the layer and gives back its output. The first axis of every tensor is the batch.
   * Throws `ShapeError` where the inputs' shapes do not fit.
   */
  build(context: LayerContext, inputs: readonly TensorId[], options: z.output<Options>): TensorId | Masked;
}

/** A layer, whose weights with an `<weights>_initializer` take a regularizer and a constraint too. */
export function defineLayer<Options extends z.ZodObject>(definition: LayerDefinition<Options>): LayerDefinition {
  return { ...(definition as unknown as LayerDefinition), options: withWeightOptions(definition.options) };
}

/** What a layer is called, reads and shares: keys that stand beside the options of every layer. */
export type LayerSpec = Chosen & { name?: string; inputs?: string[]; trainable?: boolean; share_weights_with?: string };

/** What went wrong where shapes did not fit, and what to do. */
export interface Misfit {
  readonly message: string;
  readonly hint: string;
}

export type DescribeMisfit = (shapes: readonly Shape[], reason: string) => Misfit;

/** A list of layers that a container holds. */
export interface LayerList {
  /** Where the container's options have it: `['layers']`, `['branches', 2]`. A list of the container's own making stands nowhere. */
  readonly path?: readonly (string | number)[];
  readonly layers: readonly LayerSpec[];
  /** Stands before the names of its layers within the container, for one that holds several lists: `shortcut`, `2`. */
  readonly part?: string;
  /** The part whose layers these share their weights with, one by one; and the option that says so. */
  readonly sharing?: { readonly part: string; readonly path: readonly (string | number)[] };
}

/** What a container replaces itself by. Layers are known by the names that these functions give. */
export interface ContainerScope {
  /** What the container reads. */
  readonly inputs: readonly string[];
  /**
   * Adds the layers of a list. They know each other by their names in it, `from` as `input`, and `others` by the names given. Gives
   * the last one's name, of an empty list `from`.
   */
  sequence(list: LayerList, from: string, others?: Readonly<Record<string, string>>): string;
  /**
   * Adds a layer of the container's own, with defaults for what `spec` leaves out, and gives its name. `misfit` says in the
   * container's words what is wrong where the layer refuses its inputs' shapes `[batch, ...]`, and why it does.
   */
  layer(spec: Chosen, from: readonly string[], misfit?: DescribeMisfit): string;
}

/** A word of `layer` lists that stands for several layers. */
export interface ContainerDefinition<Options extends z.ZodObject = z.ZodObject> extends Definition {
  readonly options: Options;
  readonly inputs?: LayerDefinition['inputs'];
  /** Adds what the container stands for, and gives the name of the layer whose output is its own. */
  expand(options: z.output<Options>, scope: ContainerScope): string;
}

export const isContainer = (definition: LayerDefinition | ContainerDefinition): definition is ContainerDefinition =>
  'expand' in definition;

export function defineContainer<Options extends z.ZodObject>(definition: ContainerDefinition<Options>): ContainerDefinition {
  return definition as unknown as ContainerDefinition;
}
