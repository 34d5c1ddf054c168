import type { ConcatenateOp, GatherOp, PadOp, ScatterAddOp, SliceOp, TransposeOp } from '../../ops/op.js';
import type { Op } from '../../program/program.js';
import { rowMajorStrides, size } from '../../shape.js';
import type { Buffer } from './kernel-call.js';
import type { Lowering } from './lower.js';

/** One axis of a copy: its length in the output, how far apart neighbours lie in the input, and which positions have an input. */
interface Axis {
  length: number;
  stride: number;
  first: number;
  last: number;
}

export function lowerTranspose(lowering: Lowering, op: Op<TransposeOp>): void {
  const strides = rowMajorStrides(lowering.shapeOf(op.inputs[0]!));
  const shape = lowering.shapeOf(op.output);
  const { axes } = op.attributes;
  copy(
    lowering,
    op,
    0,
    shape.map((length, i) => ({ length, stride: strides[axes[i]!]!, first: 0, last: length })),
    axes[0] === 0,
  );
}

export function lowerSlice(lowering: Lowering, op: Op<SliceOp>): void {
  const strides = rowMajorStrides(lowering.shapeOf(op.inputs[0]!));
  const { starts, shape } = op.attributes;
  const offset = starts.reduce((sum, start, axis) => sum + start * strides[axis]!, 0);
  const axes = shape.map((length, i) => ({ length, stride: strides[i]!, first: 0, last: length }));
  copy(lowering, op, offset, axes, starts[0] === 0);
}

export function lowerPad(lowering: Lowering, op: Op<PadOp>): void {
  const inner = lowering.shapeOf(op.inputs[0]!);
  const strides = rowMajorStrides(inner);
  const { before, after } = op.attributes;
  const offset = before.reduce((sum, count, axis) => sum - count * strides[axis]!, 0);
  const axes = inner.map((length, i) => ({
    length: before[i]! + length + after[i]!,
    stride: strides[i]!,
    first: before[i]!,
    last: before[i]! + length,
  }));
  copy(lowering, op, offset, axes, before[0] === 0);
}

function copy(
  lowering: Lowering,
  { inputs, output }: Op<TransposeOp | SliceOp | PadOp>,
  offset: number,
  axes: readonly Axis[],
  sameUnits: boolean,
): void {
  const from = lowering.bufferOf(inputs[0]!);
  const to = lowering.bufferOf(output);
  if (axes.length === 0) return lowering.alias(output, from);
  const merged = mergeAxes(axes);
  const within = merged.map((_, i) => merged.slice(i + 1).reduce((product, { length }) => product * length, 1));
  lowering.call({
    kernel: 'copy',
    inputs: [from],
    output: to,
    units: to.units,
    aligned: [sameUnits && from.units === to.units],
    alignedOutput: true,
    minimumChunk: 1,
    work: size(lowering.shapeOf(output)) / 2,
    scratchBytes: 0,
    encode: (placement) => [
      ...placement.operand(from),
      ...placement.operand(to),
      merged.length,
      offset,
      ...merged.flatMap(({ length, stride, first, last }, i) => [length, stride, first, last, within[i]!]),
    ],
  });
}

/** Neighbouring axes that lie in the input as in the output become one; the first stays, since its positions are the units. */
function mergeAxes(axes: readonly Axis[]): Axis[] {
  const merged: Axis[] = [axes[0]!];
  for (const axis of axes.slice(1)) {
    const outer = merged.at(-1)!;
    const whole = axis.first === 0 && axis.last === axis.length;
    if (merged.length > 1 && whole && outer.stride === axis.stride * axis.length) {
      merged[merged.length - 1] = {
        length: outer.length * axis.length,
        stride: axis.stride,
        first: outer.first * axis.length,
        last: outer.last * axis.length,
      };
    } else merged.push(axis);
  }
  return merged;
}

export function lowerConcatenate(lowering: Lowering, { attributes: { axis }, inputs, output }: Op<ConcatenateOp>): void {
  const shape = lowering.shapeOf(output);
  const buffers = inputs.map((id) => lowering.bufferOf(id));
  const to = lowering.bufferOf(output);
  const joinsUnits = axis === 0;
  const turns = joinsUnits ? size(shape.slice(1)) : size(shape.slice(1, axis));
  const sizes = inputs.map((id) => {
    const own = lowering.shapeOf(id);
    return joinsUnits ? own[0]! : size(own.slice(axis));
  });
  lowering.call({
    kernel: 'concatenate',
    inputs: buffers,
    output: to,
    units: to.units,
    aligned: buffers.map((buffer) => !joinsUnits && buffer.units === to.units),
    alignedOutput: true,
    minimumChunk: 1,
    work: size(shape) / 2,
    scratchBytes: 0,
    encode: (placement) => [
      ...placement.operand(to),
      ...[buffers.length, Number(joinsUnits), turns, size(shape.slice(1))],
      ...buffers.flatMap((buffer, i) => [...placement.operand(buffer), sizes[i]!]),
    ],
  });
}

export function lowerGather(lowering: Lowering, { inputs, output }: Op<GatherOp>): void {
  const [table, indices] = inputs.map((id) => lowering.bufferOf(id)) as [Buffer, Buffer];
  const [rows, width] = lowering.shapeOf(inputs[0]!) as [number, number];
  const to = lowering.bufferOf(output);
  const shape = lowering.shapeOf(output);
  const scalar = shape.length === 1;
  const units = scalar ? 1 : to.units;
  lowering.call({
    kernel: 'gather',
    inputs: [table, indices],
    output: to,
    units,
    aligned: [false, !scalar && indices.units === units],
    alignedOutput: !scalar,
    minimumChunk: 1,
    work: size(shape) / 2,
    scratchBytes: 0,
    encode: (placement) => [
      ...[table, indices, to].flatMap((buffer) => placement.operand(buffer)),
      ...[rows, width, size(shape) / width / units],
    ],
  });
}

/** Columns of a cache line: what one unit of `scatter_add` sums. */
const lineColumns = 16;

export function lowerScatterAdd(lowering: Lowering, { attributes: { rows }, inputs, output }: Op<ScatterAddOp>): void {
  const [indices, values] = inputs.map((id) => lowering.bufferOf(id)) as [Buffer, Buffer];
  const width = lowering.shapeOf(output)[1]!;
  const count = size(lowering.shapeOf(inputs[0]!));
  const to = lowering.bufferOf(output);
  lowering.call({
    kernel: 'scatter_add',
    inputs: [indices, values],
    output: to,
    units: Math.ceil(width / lineColumns),
    aligned: [false, false],
    alignedOutput: false,
    minimumChunk: 1,
    work: count * width + rows * width,
    scratchBytes: 0,
    encode: (placement) => [...[indices, values, to].flatMap((buffer) => placement.operand(buffer)), ...[rows, width, count]],
  });
}
