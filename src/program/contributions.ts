import { call, constant, input } from '../ops/expression.js';
import type { MatmulOp, PadOp, ReduceOp, TensorId } from '../ops/op.js';
import type { ProgramBuilder } from './builder.js';
import type { Op } from './program.js';

/**
 * The sum of the gradients that reach a tensor from those who read it. What reads a tensor in pieces, or once in every time step, is
 * not padded, multiplied and added piece by piece: the pieces are joined first, so that one op does the work of many.
 */
export function sumOfContributions(builder: ProgramBuilder, contributions: readonly TensorId[]): TensorId {
  let rest = contributions;
  for (const join of [joinPieces, joinProducts, joinSums]) if (rest.length > 1) rest = join(builder, rest);
  return rest.reduce((sum, gradient) => builder.map(call('add', input(0), input(1)), [sum, gradient]));
}

/** Gradients of slices, each padded to the whole: those that lie side by side along one axis are joined. */
function joinPieces(builder: ProgramBuilder, gradients: readonly TensorId[]): readonly TensorId[] {
  const pieces = gradients.flatMap((gradient) => {
    const op = builder.producerOf(gradient);
    if (op?.attributes.kind !== 'pad') return [];
    const { before, after } = (op as Op<PadOp>).attributes;
    const padded = before.flatMap((count, axis) => (count > 0 || after[axis]! > 0 ? [axis] : []));
    const axis = padded[0];
    if (axis === undefined || padded.length > 1) return [];
    const tensor = op.inputs[0]!;
    return [{ gradient, tensor, axis, start: before[axis]!, end: before[axis]! + builder.shapeOf(tensor)[axis]! }];
  });
  const axis = pieces[0]?.axis;
  if (pieces.length < 2 || pieces.some((piece) => piece.axis !== axis)) return gradients;
  const sorted = [...pieces].sort((a, b) => a.start - b.start);
  if (sorted.some(({ start }, i) => i > 0 && start < sorted[i - 1]!.end)) return gradients;
  const whole = builder.shapeOf(gradients[0]!);
  const zeros = (length: number): TensorId[] =>
    length === 0
      ? []
      : [
          builder.map(
            constant(0),
            [],
            whole.map((n, i) => (i === axis ? length : n)),
          ),
        ];
  let end = 0;
  const parts = sorted.flatMap((piece) => {
    const gap = zeros(piece.start - end);
    end = piece.end;
    return [...gap, piece.tensor];
  });
  const joined = builder.concatenate([...parts, ...zeros(whole[axis!]! - end)], axis!);
  const used = new Set(pieces.map(({ gradient }) => gradient));
  return [joined, ...gradients.filter((gradient) => !used.has(gradient))];
}

/** Products of transposed matrices, as weights used several times have them: `sum aᵢᵀ bᵢ` is the product of all rows. */
function joinProducts(builder: ProgramBuilder, gradients: readonly TensorId[]): readonly TensorId[] {
  return joinAlike(builder, gradients, (op) => {
    if (op.attributes.kind !== 'matmul') return undefined;
    const { transposeA, transposeB } = (op as Op<MatmulOp>).attributes;
    if (!transposeA || transposeB || builder.shapeOf(op.inputs[0]!).length !== 2) return undefined;
    return {
      operands: op.inputs,
      rebuild: ([a, b]) => builder.matmul(a!, b!, { transposeA: true }),
    };
  });
}

/** Sums over rows, as biases used several times have them. */
function joinSums(builder: ProgramBuilder, gradients: readonly TensorId[]): readonly TensorId[] {
  return joinAlike(builder, gradients, (op) => {
    const target = builder.shapeOf(op.output);
    const sum = op.attributes.kind === 'reshape' ? builder.producerOf(op.inputs[0]!) : op;
    if (sum?.attributes.kind !== 'reduce') return undefined;
    const { reduction, axes } = (sum as Op<ReduceOp>).attributes;
    if (reduction !== 'sum' || axes.length !== 1 || axes[0] !== 0) return undefined;
    return { operands: sum.inputs, rebuild: ([rows]) => builder.reshape(builder.reduce('sum', rows!, [0]), target) };
  });
}

interface Joinable {
  readonly operands: readonly TensorId[];
  /** The same op on operands joined along their first axis. */
  rebuild(operands: readonly TensorId[]): TensorId;
}

function joinAlike(
  builder: ProgramBuilder,
  gradients: readonly TensorId[],
  joinable: (op: Op) => Joinable | undefined,
): readonly TensorId[] {
  const found = gradients.map((gradient) => {
    const op = builder.producerOf(gradient);
    return op && joinable(op);
  });
  const alike = found.filter((one) => one !== undefined);
  if (alike.length < 2) return gradients;
  // Equal but for the rows: all are gradients of one tensor, so the other axes agree wherever the operands have the same rank.
  const ranks = (one: Joinable): string => one.operands.map((id) => builder.shapeOf(id).slice(1).join('x')).join();
  if (alike.some((one) => ranks(one) !== ranks(alike[0]!))) return gradients;
  // In the order in which the program has what they are gradients of.
  alike.reverse();
  const operands = alike[0]!.operands.map((_, i) =>
    joinedRows(
      builder,
      alike.map((one) => one.operands[i]!),
    ),
  );
  return [alike[0]!.rebuild(operands), ...gradients.filter((_, i) => found[i] === undefined)];
}

/** The tensors one after the other along their first axis: as a part of what joins them already, if there is such an op. */
function joinedRows(builder: ProgramBuilder, tensors: readonly TensorId[]): TensorId {
  for (let i = 0; i < builder.opCount; i++) {
    const { attributes, inputs, output } = builder.opAt(i);
    if (attributes.kind !== 'concatenate' || attributes.axis !== 0) continue;
    const at = inputs.indexOf(tensors[0]!);
    if (at < 0 || tensors.some((tensor, j) => inputs[at + j] !== tensor)) continue;
    const rows = (part: readonly TensorId[]): number => part.reduce((sum, id) => sum + builder.shapeOf(id)[0]!, 0);
    return builder.slice(output, 0, rows(inputs.slice(0, at)), rows(tensors));
  }
  return builder.concatenate(tensors, 0);
}
