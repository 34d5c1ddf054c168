import { type Expression, call, constant, elementIndex, formatExpression, input, substitute, walk } from '../ops/expression.js';
import { definitionOf } from '../ops/index.js';
import type { OpAttributes, OpBuilder, OpKind, TensorId } from '../ops/op.js';
import { type Shape, broadcastShapes, sameShape } from '../shape.js';
import type { Op, Phase, Program, RandomSource } from './program.js';

/** Appends ops to a program being built. Shapes are checked at once: every method that adds an op may throw `ShapeError`. */
export class ProgramBuilder implements OpBuilder {
  private readonly shapes: Shape[] = [];
  private readonly ops: Op[] = [];
  private readonly producers = new Map<TensorId, Op>();
  private readonly inputs = new Map<string, TensorId>();
  private readonly random: RandomSource[] = [];
  private readonly state = new Map<string, TensorId>();
  private readonly constants = new Map<string, Float32Array>();
  private readonly updates = new Map<string, TensorId>();
  private readonly outputs = new Map<string, TensorId>();
  private readonly known = new Map<string, TensorId>();
  private readonly withoutGradient = new Set<TensorId>();
  private scope = '';
  private phase: Phase = 'forward';

  /** Runs `body`; the ops it adds belong to `scope` (a layer's name) and `phase`. */
  within<T>(scope: string, phase: Phase, body: () => T): T {
    const held = [this.scope, this.phase] as const;
    [this.scope, this.phase] = [scope, phase];
    try {
      return body();
    } finally {
      [this.scope, this.phase] = held;
    }
  }

  shapeOf(tensor: TensorId): Shape {
    return this.shapes[tensor]!;
  }

  get opCount(): number {
    return this.ops.length;
  }

  opAt(index: number): Op {
    return this.ops[index]!;
  }

  /** The op that computes a tensor, unless it is an input or state. */
  producerOf(tensor: TensorId): Op | undefined {
    return this.producers.get(tensor);
  }

  /** The scope of the first op that reads a tensor. */
  readerScope(tensor: TensorId): string {
    return this.ops.find(({ inputs }) => inputs.includes(tensor))?.scope ?? '';
  }

  /** A tensor the host writes before every run. The same name gives the same tensor. */
  input(name: string, shape: Shape = []): TensorId {
    return this.named(this.inputs, name, shape);
  }

  /** A tensor that lives across runs: a parameter, an optimizer's slot, a running statistic. */
  stateTensor(name: string, shape: Shape): TensorId {
    return this.named(this.state, name, shape);
  }

  /** A tensor whose values the host computes once: a table of positions, say. The name must be its own. */
  constant(name: string, shape: Shape, values: () => Float32Array): TensorId {
    if (!this.constants.has(name)) this.constants.set(name, values());
    return this.stateTensor(name, shape);
  }

  update(name: string, value: TensorId): void {
    if (!sameShape(this.shapeOf(this.state.get(name)!), this.shapeOf(value)))
      throw new Error(`the update of ${name} has another shape`);
    this.updates.set(name, value);
  }

  output(name: string, tensor: TensorId): void {
    this.outputs.set(name, tensor);
  }

  /**
   * The tensor's values, through which no gradient flows back: for where its share is known to cancel. It is a copy (fusing
   * removes it), because the tensor itself may also be read, or be found again, where gradients are wanted.
   */
  stopGradient(tensor: TensorId): TensorId {
    const shape = this.shapeOf(tensor);
    const copy = this.append({ kind: 'map', expression: input(0), shape }, [tensor], shape);
    this.withoutGradient.add(copy);
    return copy;
  }

  /** Whether gradients flow back through the tensor. */
  isDifferentiable(tensor: TensorId): boolean {
    return !this.withoutGradient.has(tensor);
  }

  /** Appends an op, or finds the same op with the same operands. */
  add(attributes: OpAttributes, inputs: readonly TensorId[]): TensorId {
    if (attributes.kind === 'map') [attributes, inputs] = withoutUnusedInputs(attributes, inputs);
    const shape = this.outputShape(attributes, inputs);
    if (attributes.kind === 'reshape' && sameShape(shape, this.shapeOf(inputs[0]!))) return inputs[0]!;
    const text = JSON.stringify([
      attributes.kind === 'map'
        ? [formatExpression(attributes.expression, (i) => `#${inputs[i]}`), attributes.shape]
        : attributes,
      inputs,
    ]);
    const found = this.known.get(text);
    if (found !== undefined) return found;
    const output = this.append(attributes, inputs, shape);
    this.known.set(text, output);
    return output;
  }

  /** `expression` of the inputs, for every element of `shape` (by default the shape the inputs broadcast to). */
  map(expression: Expression, inputs: readonly TensorId[], shape?: Shape): TensorId {
    return this.add({ kind: 'map', expression, shape: shape ?? broadcastShapes(inputs.map((id) => this.shapeOf(id))) }, inputs);
  }

  /** Reduces over `axes`, which stay with length 1. */
  reduce(reduction: 'sum' | 'maximum', tensor: TensorId, axes: readonly number[]): TensorId {
    return axes.length === 0 ? tensor : this.add({ kind: 'reduce', reduction, axes }, [tensor]);
  }

  /** The sum of all elements times `factor`, as a scalar. */
  total(tensor: TensorId, factor = 1): TensorId {
    const shape = this.shapeOf(tensor);
    const sum = this.reduce(
      'sum',
      tensor,
      shape.map((_, axis) => axis),
    );
    const scaled = factor === 1 ? sum : this.map(call('multiply', input(0), constant(factor)), [sum]);
    return this.reshape(scaled, []);
  }

  mean(tensor: TensorId): TensorId {
    return this.total(tensor, 1 / this.shapeOf(tensor).reduce((product, length) => product * length, 1));
  }

  matmul(a: TensorId, b: TensorId, { transposeA = false, transposeB = false } = {}): TensorId {
    return this.add({ kind: 'matmul', transposeA, transposeB }, [a, b]);
  }

  reshape(tensor: TensorId, shape: Shape): TensorId {
    return this.add({ kind: 'reshape', shape }, [tensor]);
  }

  /** Axis i of the result is axis `axes[i]` of the tensor. */
  transpose(tensor: TensorId, axes: readonly number[]): TensorId {
    return axes.every((axis, i) => axis === i) ? tensor : this.add({ kind: 'transpose', axes }, [tensor]);
  }

  /** Positions `start … start + length - 1` along an axis. */
  slice(tensor: TensorId, axis: number, start: number, length: number): TensorId {
    const whole = this.shapeOf(tensor);
    if (start === 0 && length === whole[axis]) return tensor;
    const starts = whole.map((_, i) => (i === axis ? start : 0));
    return this.add({ kind: 'slice', starts, shape: whole.map((n, i) => (i === axis ? length : n)) }, [tensor]);
  }

  /** Zeros before and after the tensor along each axis. */
  pad(tensor: TensorId, before: readonly number[], after: readonly number[]): TensorId {
    return [...before, ...after].every((count) => count === 0) ? tensor : this.add({ kind: 'pad', before, after }, [tensor]);
  }

  concatenate(tensors: readonly TensorId[], axis: number): TensorId {
    return tensors.length === 1 ? tensors[0]! : this.add({ kind: 'concatenate', axis }, tensors);
  }

  /** Rows of a table `[rows, width]` by index: `[...indices, width]`. */
  gather(table: TensorId, indices: TensorId): TensorId {
    return this.add({ kind: 'gather' }, [table, indices]);
  }

  /** Uniform numbers of [0, 1), another set for every run: a function of (seed, purpose, step, element). */
  randomUniform(purpose: string, shape: Shape): TensorId {
    const keys = [this.input(`random/${purpose}/0`), this.input(`random/${purpose}/1`)] as const;
    if (!this.random.some((source) => source.purpose === purpose)) this.random.push({ purpose, keys });
    return this.map(call('random_uniform', elementIndex, input(0), input(1)), keys, shape);
  }

  finish(): Program {
    const { shapes, ops, inputs, random, state, constants, updates, outputs } = this;
    return { shapes, ops, inputs, random, state, constants, updates, outputs };
  }

  private append(attributes: OpAttributes, inputs: readonly TensorId[], shape: Shape): TensorId {
    const output = this.shapes.push(shape) - 1;
    const op: Op = { attributes, inputs, output, scope: this.scope, phase: this.phase };
    this.ops.push(op);
    this.producers.set(output, op);
    return output;
  }

  private named(names: Map<string, TensorId>, name: string, shape: Shape): TensorId {
    const found = names.get(name);
    if (found === undefined) {
      const id = this.shapes.push(shape) - 1;
      names.set(name, id);
      return id;
    }
    if (!sameShape(this.shapeOf(found), shape)) throw new Error(`${name} is used with two shapes`);
    return found;
  }

  private outputShape<K extends OpKind>(attributes: OpAttributes & { kind: K }, inputs: readonly TensorId[]): Shape {
    return definitionOf(attributes.kind).shape(
      attributes as never,
      inputs.map((id) => this.shapeOf(id)),
    );
  }
}

/** Drops the operands a formula does not read and reads a repeated one once. */
export function withoutUnusedInputs(
  attributes: Extract<OpAttributes, { kind: 'map' }>,
  inputs: readonly TensorId[],
): [Extract<OpAttributes, { kind: 'map' }>, readonly TensorId[]] {
  const kept: TensorId[] = [];
  walk(attributes.expression, (e) => {
    if (e.kind === 'input' && !kept.includes(inputs[e.index]!)) kept.push(inputs[e.index]!);
  });
  const expression = substitute(attributes.expression, (index) => input(kept.indexOf(inputs[index]!)));
  return [{ ...attributes, expression }, kept];
}
