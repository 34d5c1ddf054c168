import { walk } from '../ops/expression.js';
import { definitionOf } from '../ops/index.js';
import type {
  AttributesOf,
  MapOp,
  MatmulOp,
  OpAttributes,
  OpKind,
  ScatterAddOp,
  SliceOp,
  TensorId,
  TransposeOp,
} from '../ops/op.js';
import { type Shape, sameShape, size } from '../shape.js';
import type { Op, Program } from './program.js';

/**
 * Does to a table what would be done to each of the many rows that are looked up in it: `gather(E, i) W + b` is `gather(E W + b, i)`, and
 * a vocabulary is shorter than a batch of texts. The gradients follow: with `S = scatter_add(i, dY)`, that of W is `Eᵀ S` and that of E is
 * `S Wᵀ`. Where rows that were looked up are only put into another order or cut out, so are their indices.
 */
export function lookUpLast(program: Program): Program {
  const rewriting = new Rewriting(program);
  for (const op of program.ops) rewriting.take(op);
  return { ...program, shapes: rewriting.shapes, ops: rewriting.ops };
}

/** A table must be this many times shorter than what is looked up in it. */
const worthwhile = 2;

/** What a tensor is, whose last axis are rows of a table. */
interface LookUp {
  readonly table: TensorId;
  /** Of the tensor's shape but for the last axis. */
  readonly indices: TensorId;
}

class Rewriting {
  readonly shapes: Shape[];
  readonly ops: Op[] = [];
  private readonly lookUps = new Map<TensorId, LookUp>();
  private readonly producers = new Map<TensorId, Op>();
  private readonly known = new Map<string, TensorId>();

  constructor(program: Program) {
    this.shapes = [...program.shapes];
  }

  take(op: Op): void {
    this.append(this.replacement(op) ?? op);
  }

  /** An op for the same tensor, by way of a table. */
  private replacement(op: Op): Op | undefined {
    if (isKind(op, 'reshape')) this.reshaped(op);
    if (isKind(op, 'transpose')) return this.transposed(op);
    if (isKind(op, 'slice')) return this.sliced(op);
    if (isKind(op, 'map')) return this.mapped(op);
    if (isKind(op, 'matmul')) return op.attributes.transposeA ? this.weightGradient(op) : this.product(op);
    if (isKind(op, 'scatter_add')) return this.tableGradient(op);
    return undefined;
  }

  private append(op: Op): void {
    this.ops.push(op);
    this.producers.set(op.output, op);
    if (op.attributes.kind === 'gather') this.lookUps.set(op.output, { table: op.inputs[0]!, indices: op.inputs[1]! });
  }

  /** Appends an op for the sake of another one, or finds it. */
  private add(like: Op, attributes: OpAttributes, inputs: readonly TensorId[]): TensorId {
    const key = JSON.stringify([attributes, inputs]);
    let output = this.known.get(key);
    if (output === undefined) {
      output = this.shapes.push(this.shapeOf(attributes, inputs)) - 1;
      this.append({ ...like, attributes, inputs, output });
      this.known.set(key, output);
    }
    return output;
  }

  private shapeOf<K extends OpKind>(attributes: AttributesOf<K>, inputs: readonly TensorId[]): Shape {
    const { shape } = definitionOf(attributes.kind as K);
    return shape(
      attributes,
      inputs.map((id) => this.shapes[id]!),
    );
  }

  private rank(id: TensorId): number {
    return this.shapes[id]!.length;
  }

  /** The tensor as rows of a table that is much shorter. */
  private manyRowsOf(id: TensorId): LookUp | undefined {
    const lookUp = this.lookUps.get(id);
    return lookUp && this.isShort(this.shapes[lookUp.table]![0]!, lookUp.indices) ? lookUp : undefined;
  }

  private isShort(rows: number, indices: TensorId): boolean {
    return size(this.shapes[indices]!) >= worthwhile * rows;
  }

  private gather(like: Op, table: TensorId, indices: TensorId): Op {
    return { ...like, attributes: { kind: 'gather' }, inputs: [table, indices] };
  }

  /** Reshaping costs nothing, so it stays; but it is known what the result is. */
  private reshaped(op: Op): void {
    const lookUp = this.lookUps.get(op.inputs[0]!);
    const shape = this.shapes[op.output]!;
    if (lookUp === undefined || shape.at(-1) !== this.shapes[lookUp.table]![1]) return;
    const indices = this.add(op, { kind: 'reshape', shape: shape.slice(0, -1) }, [lookUp.indices]);
    this.lookUps.set(op.output, { ...lookUp, indices });
  }

  private transposed(op: Op<TransposeOp>): Op | undefined {
    const lookUp = this.lookUps.get(op.inputs[0]!);
    const { axes } = op.attributes;
    if (lookUp === undefined || axes.at(-1) !== axes.length - 1) return undefined;
    return this.gather(op, lookUp.table, this.add(op, { kind: 'transpose', axes: axes.slice(0, -1) }, [lookUp.indices]));
  }

  private sliced(op: Op<SliceOp>): Op | undefined {
    const lookUp = this.lookUps.get(op.inputs[0]!);
    const { starts, shape } = op.attributes;
    if (lookUp === undefined || shape.at(-1) !== this.shapes[lookUp.table]![1]) return undefined;
    const indices = this.add(op, { kind: 'slice', starts: starts.slice(0, -1), shape: shape.slice(0, -1) }, [lookUp.indices]);
    return this.gather(op, lookUp.table, indices);
  }

  /** A formula of one looked up operand and others that are the same for every row. */
  private mapped(op: Op<MapOp>): Op | undefined {
    const { expression } = op.attributes;
    const varying = op.inputs.filter((id) => this.rank(id) > 1);
    const lookUp = varying.length === 1 ? this.manyRowsOf(varying[0]!) : undefined;
    if (lookUp === undefined || readsPositions(expression)) return undefined;
    if (!sameShape(op.attributes.shape, this.shapes[varying[0]!]!)) return undefined;
    const shape = this.shapes[lookUp.table]!;
    const inputs = op.inputs.map((id) => (id === varying[0] ? lookUp.table : id));
    return this.gather(op, this.add(op, { kind: 'map', expression, shape }, inputs), lookUp.indices);
  }

  private product(op: Op<MatmulOp>): Op | undefined {
    const [a, b] = op.inputs as [TensorId, TensorId];
    const lookUp = this.manyRowsOf(a);
    if (lookUp === undefined || this.rank(a) !== 2) return undefined;
    return this.gather(op, this.add(op, op.attributes, [lookUp.table, b]), lookUp.indices);
  }

  /** A sum over rows, some looked up: the others are added up by index first. */
  private weightGradient(op: Op<MatmulOp>): Op | undefined {
    const at = op.inputs.findIndex((id) => this.manyRowsOf(id) !== undefined);
    if (at < 0 || this.rank(op.inputs[at]!) !== 2 || op.attributes.transposeB) return undefined;
    const { table, indices } = this.manyRowsOf(op.inputs[at]!)!;
    const added = this.add(op, { kind: 'scatter_add', rows: this.shapes[table]![0]! }, [indices, op.inputs[1 - at]!]);
    return { ...op, inputs: at === 0 ? [table, added] : [added, table] };
  }

  /** Rows of a product that are added up by index: those of its first operand are. */
  private tableGradient(op: Op<ScatterAddOp>): Op | undefined {
    const [first, values] = op.inputs as [TensorId, TensorId];
    if (!this.isShort(op.attributes.rows, first)) return undefined;
    let indices: () => TensorId = () => first;
    let producer = this.producers.get(values);
    while (producer && (isKind(producer, 'reshape') || isKind(producer, 'transpose'))) {
      const back = this.inverse(producer);
      if (back === undefined) return undefined;
      const before = indices;
      indices = () => this.add(op, back, [before()]);
      producer = this.producers.get(producer.inputs[0]!);
    }
    if (producer === undefined || !isKind(producer, 'matmul') || producer.attributes.transposeA) return undefined;
    const [a, b] = producer.inputs as [TensorId, TensorId];
    if (this.rank(a) !== 2) return undefined;
    return { ...op, attributes: producer.attributes, inputs: [this.add(op, op.attributes, [indices(), a]), b] };
  }

  /** What turns indices of an op's result into indices of its operand, where rows stay whole. */
  private inverse(op: Op<AttributesOf<'reshape' | 'transpose'>>): OpAttributes | undefined {
    const operand = this.shapes[op.inputs[0]!]!;
    if (operand.at(-1) !== this.shapes[op.output]!.at(-1)) return undefined;
    if (op.attributes.kind === 'reshape') return { kind: 'reshape', shape: operand.slice(0, -1) };
    const { axes } = op.attributes;
    const outer = axes.slice(0, -1);
    return axes.at(-1) === axes.length - 1 ? { kind: 'transpose', axes: outer.map((_, i) => outer.indexOf(i)) } : undefined;
  }
}

function readsPositions(expression: MapOp['expression']): boolean {
  let found = false;
  walk(expression, ({ kind }) => {
    if (kind === 'axis_index' || kind === 'element_index') found = true;
  });
  return found;
}

function isKind<K extends OpKind>(op: Op, kind: K): op is Op<AttributesOf<K>> {
  return op.attributes.kind === kind;
}
