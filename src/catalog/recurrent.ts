import { z } from 'zod';
import { call, constant, input } from '../ops/expression.js';
import type { TensorId } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';
import { ShapeError } from '../shape.js';
import { activations } from './activations/index.js';
import { drop } from './drop.js';
import { initializer } from './fields.js';
import { sequenceShape } from './input-shapes.js';
import type { LayerContext, Masked } from './layer.js';
import { linear } from './linear.js';
import type { Chosen } from './registry.js';

/** An activation inside a recurrent layer. */
export const stepActivation = (byDefault: string, what: string) => activations.schemaOrName().prefault(byDefault).describe(what);

/** Options that the recurrent layers share. */
export const recurrentOptions = {
  units: z.int().positive().describe('The length of the state and of the output, for each direction.'),
  return_sequences: z.boolean().default(false).describe('Whether the output has every step, or the last one only.'),
  bidirectional: z
    .boolean()
    .default(false)
    .describe('Whether a second set of parameters reads the steps from the last to the first; both outputs are joined.'),
  go_backwards: z
    .boolean()
    .default(false)
    .describe('Whether the steps are read from the last to the first. Each output stays at the place of its input.'),
  num_layers: z.int().positive().default(1).describe('How many such layers stand on each other.'),
  dropout: z.number().min(0).lt(1).default(0).describe('The part that is dropped between those layers while training.'),
  use_bias: z.boolean().default(true).describe('Whether biases are added.'),
  kernel_initializer: initializer('glorot_uniform'),
  recurrent_initializer: initializer('orthogonal'),
  bias_initializer: initializer('zeros'),
};

interface RecurrentOptions {
  readonly type: string;
  readonly units: number;
  readonly return_sequences: boolean;
  readonly bidirectional: boolean;
  readonly go_backwards: boolean;
  readonly num_layers: number;
  readonly dropout: number;
  readonly use_bias: boolean;
  readonly kernel_initializer: Chosen;
  readonly recurrent_initializer: Chosen;
  readonly bias_initializer: Chosen;
}

/** Both directions at once leave no order to turn round. */
export const oneDirection = [
  ({ bidirectional, go_backwards }: Pick<RecurrentOptions, 'bidirectional' | 'go_backwards'>) => !(bidirectional && go_backwards),
  'bidirectional and go_backwards exclude each other',
] as const;

/** What a cell keeps from step to step, each `[batch, units]`; the output first. */
export type States = readonly TensorId[];

/** Gives the state after a step: where the step is padding, the one before it. */
export type Hold = (next: TensorId, before: TensorId | undefined) => TensorId;

/** One step. `x` is `[batch, blocks * units]`: the step's input times kernel, plus bias. Before the first step there is no state: it is 0. */
export type Step = (x: TensorId, before: States | undefined, hold: Hold) => States;

/** What a cell builds its steps with. */
export interface CellContext {
  readonly builder: ProgramBuilder;
  readonly units: number;
  readonly activate: LayerContext['activate'];
  /** A parameter of this direction. */
  readonly parameter: LayerContext['parameter'];
  /** The state times the recurrent kernel, `[batch, blocks * units]`, or times `count` of its blocks from `first` on. */
  recur(state: TensorId, first?: number, count?: number): TensorId;
}

export interface Cell {
  /** How many blocks of `units` columns kernel, recurrent kernel and bias have: one for each gate. */
  readonly blocks: number;
  /** First values of the bias, for each block. */
  readonly biasInitializers: readonly Chosen[];
  /** Declares what parameters the cell has besides those, and gives its step. */
  open(context: CellContext): Step;
}

/**
 * A recurrent layer, unrolled over its steps: `[batch, time, features]` to `[batch, time, units]`, or `[batch, units]` of the last
 * step; twice the units where it is bidirectional. The time is the outermost axis within: the inputs of all steps are multiplied by
 * the kernel at once, and a step is a block of rows.
 *
 * A step that the mask does not count keeps the state, and its output is the state's again, as in Keras. So what is padded on the
 * right gives the last state that the shorter sequence gives.
 *
 * Parameters of each direction: kernel `[features, blocks * units]`, recurrent_kernel `[units, blocks * units]`, bias
 * `[blocks * units]`. They are named `layer_2/forward/kernel` where there are several layers and directions.
 */
export function buildRecurrent(context: LayerContext, x: TensorId, options: RecurrentOptions, cell: Cell): TensorId | Masked {
  const { builder, masks } = context;
  const [batch, time, features] = sequenceShape(options.type, builder.shapeOf(x));
  if (time === 0) throw new ShapeError(`${options.type} needs a sequence of at least one step`);
  let rows = builder.reshape(builder.transpose(x, [1, 0, 2]), [time * batch, features]);
  const counts = masks[0] && builder.reshape(builder.transpose(masks[0], [1, 0]), [time * batch, 1]);
  const directions = options.bidirectional ? ['forward', 'backward'] : [options.go_backwards ? 'backward' : 'forward'];
  let last: TensorId = rows;
  for (let layer = 1; layer <= options.num_layers; layer++) {
    if (layer > 1) rows = drop(context, rows, options.dropout, { purpose: `${context.name}/dropout_${layer - 1}` });
    const below = rows;
    const results = directions.map((direction) => {
      const names = [...(options.num_layers > 1 ? [`layer_${layer}`] : []), ...(options.bidirectional ? [direction] : [])];
      const scope = scopeOf(context, names.map((name) => `${name}/`).join(''));
      return unroll(scope, below, { time, counts, backwards: direction === 'backward' }, options, cell);
    });
    const isRead = layer < options.num_layers || options.return_sequences;
    if (isRead) {
      rows = builder.concatenate(
        results.map(({ outputs }) => builder.concatenate(outputs, 0)),
        1,
      );
    }
    last = builder.concatenate(
      results.map((result) => result.last),
      1,
    );
  }
  if (!options.return_sequences) return { output: last, mask: undefined };
  const width = builder.shapeOf(rows)[1]!;
  const output = builder.transpose(builder.reshape(rows, [time, batch, width]), [1, 0, 2]);
  return { output, mask: masks[0] };
}

const scopeOf = (context: LayerContext, prefix: string): LayerContext => ({
  ...context,
  parameter: (name, ...rest) => context.parameter(`${prefix}${name}`, ...rest),
});

interface Sequence {
  readonly time: number;
  /** `[time * batch, 1]`: 1 where a step counts. */
  readonly counts: TensorId | undefined;
  readonly backwards: boolean;
}

/** One direction of one layer over `rows` `[time * batch, features]`: the output of each step, in order of time, and the last state. */
function unroll(
  { builder, parameter, activate }: LayerContext,
  rows: TensorId,
  { time, counts, backwards }: Sequence,
  options: RecurrentOptions,
  { blocks, biasInitializers, open }: Cell,
): { outputs: TensorId[]; last: TensorId } {
  const [total, features] = builder.shapeOf(rows) as [number, number];
  const [batch, { units }] = [total / time, options];
  const width = blocks * units;
  const fans = { fanIn: features, fanOut: width };
  const kernel = parameter('kernel', [features, width], options.kernel_initializer, fans);
  const recurrentFans = { fanIn: units, fanOut: width };
  const recurrent = parameter('recurrent_kernel', [units, width], options.recurrent_initializer, recurrentFans);
  const bias = options.use_bias ? parameter('bias', [width], biasInitializers, fans) : undefined;
  const step = open({
    builder,
    units,
    activate,
    parameter,
    recur: (state, first = 0, count = blocks) => builder.matmul(state, builder.slice(recurrent, 1, first * units, count * units)),
  });
  const x = linear(builder, rows, kernel, bias);
  const outputs = new Array<TensorId>(time);
  let states: States | undefined;
  for (let i = 0; i < time; i++) {
    const at = backwards ? time - 1 - i : i;
    const mask = counts && builder.slice(counts, 0, at * batch, batch);
    states = step(builder.slice(x, 0, at * batch, batch), states, holding(builder, mask));
    outputs[at] = states[0]!;
  }
  return { outputs, last: states![0]! };
}

/** `mask` is `[batch, 1]`. */
function holding(builder: ProgramBuilder, mask: TensorId | undefined): Hold {
  if (mask === undefined) return (next) => next;
  return (next, before) =>
    before === undefined
      ? builder.map(call('select', input(1), input(0), constant(0)), [next, mask])
      : builder.map(call('select', input(1), input(0), input(2)), [next, mask, before]);
}

/** The sum of a step's input and, from the second step on, what comes from its state. */
export function withState({ builder, recur }: CellContext, x: TensorId, before: States | undefined): TensorId {
  return before === undefined ? x : builder.map(call('add', input(0), input(1)), [x, recur(before[0]!)]);
}

/** Block number `index` of `[batch, blocks * units]`. */
export function block({ builder, units }: CellContext, tensor: TensorId, index: number): TensorId {
  return builder.slice(tensor, 1, index * units, units);
}
