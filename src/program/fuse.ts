import { countCalls, input, substitute, walk } from '../ops/expression.js';
import type { MapOp, TensorId } from '../ops/op.js';
import { sameShape } from '../shape.js';
import { withoutUnusedInputs } from './builder.js';
import type { Op, Program } from './program.js';

/** Drops every op whose result reaches neither an output nor an update. */
export function withoutDeadOps(program: Program): Program {
  const live = new Set([...program.outputs.values(), ...program.updates.values()]);
  const ops: Op[] = [];
  for (const op of [...program.ops].reverse()) {
    if (!live.has(op.output)) continue;
    ops.push(op);
    for (const id of op.inputs) live.add(id);
  }
  return { ...program, ops: ops.reverse() };
}

/**
 * Lets every op that reads a copy read the original: a bias's gradient passes on the gradient as it is, and `stopGradient` copies.
 * Copies that are outputs or updates stay.
 */
export function withoutCopies(program: Program): Program {
  const original = new Map<TensorId, TensorId>();
  const ops = program.ops.map((op): Op => {
    const inputs = op.inputs.map((id) => original.get(id) ?? id);
    if (op.attributes.kind !== 'map') return { ...op, inputs };
    const { expression, shape } = op.attributes;
    if (expression.kind === 'input' && sameShape(shape, program.shapes[inputs[0]!]!)) original.set(op.output, inputs[0]!);
    const [attributes, distinct] = withoutUnusedInputs(op.attributes, inputs);
    return { ...op, attributes, inputs: distinct };
  });
  return withoutDeadOps({ ...program, ops });
}

/** A map may read at most this many tensors: a GPU kernel takes seven and its output. */
const maximumInputs = 7;
/** Beyond this many primitive calls a formula gains nothing from being one op. */
const maximumCalls = 64;

/**
 * Merges a map into the map that reads it, where nothing else does and the shapes are equal: the value between them is then
 * never written to memory.
 */
export function fuseMaps(program: Program): Program {
  const readers = new Map<TensorId, number>();
  for (const op of program.ops) for (const id of op.inputs) readers.set(id, (readers.get(id) ?? 0) + 1);
  for (const id of [...program.outputs.values(), ...program.updates.values()]) readers.set(id, Infinity);

  const maps = new Map<TensorId, Op<MapOp>>();
  const ops = program.ops.map((op): Op => {
    if (op.attributes.kind !== 'map') return op;
    let fused = op as Op<MapOp>;
    let position = 0;
    while (position < fused.inputs.length) {
      const id = fused.inputs[position]!;
      const producer = maps.get(id);
      const merged = producer && mayMerge(producer, fused, readers.get(id)!) ? merge(producer, fused, position) : undefined;
      if (
        merged !== undefined &&
        merged.inputs.length <= maximumInputs &&
        countCalls(merged.attributes.expression) <= maximumCalls
      ) {
        fused = merged;
        position = 0;
      } else {
        position++;
      }
    }
    maps.set(fused.output, fused);
    return fused;
  });
  return withoutDeadOps({ ...program, ops });
}

function mayMerge(producer: Op<MapOp>, consumer: Op<MapOp>, readers: number): boolean {
  const { expression, shape } = producer.attributes;
  if (expression.kind === 'constant') return true;
  // A formula that computes nothing (a repeated scalar, say) costs nothing to repeat, and repeating twice is repeating once.
  if (expression.kind === 'input') return true;
  if (!sameShape(shape, consumer.attributes.shape)) return false;
  if (readers !== 1 || producer.phase !== consumer.phase) return false;
  // A formula that occurs twice in the other would be computed twice.
  let occurrences = 0;
  walk(consumer.attributes.expression, (e) => {
    if (e.kind === 'input' && consumer.inputs[e.index] === producer.output) occurrences++;
  });
  return occurrences === 1;
}

function merge(producer: Op<MapOp>, consumer: Op<MapOp>, position: number): Op<MapOp> {
  const offset = consumer.inputs.length;
  const inner = substitute(producer.attributes.expression, (index) => input(index + offset));
  const expression = substitute(consumer.attributes.expression, (index) => (index === position ? inner : input(index)));
  const [attributes, inputs] = withoutUnusedInputs({ ...consumer.attributes, expression }, [
    ...consumer.inputs,
    ...producer.inputs,
  ]);
  return { ...consumer, attributes, inputs };
}
