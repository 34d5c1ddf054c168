import type { ConcatenateOp, GatherOp, PadOp, ScatterAddOp, SliceOp, TransposeOp } from '../../ops/op.js';
import type { Op } from '../../program/program.js';
import { type Shape, rowMajorStrides, size } from '../../shape.js';
import type { Buffer } from './kernel-call.js';
import type { Lowering } from './lower.js';
import { sumParts } from './lower-reduce.js';
import { bytesOf } from './places.js';

/** Pieces start on cache lines of their own, so that no two threads write to one. */
const lineBytes = 64;

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
  const from = lowering.bufferOf(op.inputs[0]!);
  if (isOnePiece(lowering.shapeOf(op.inputs[0]!), shape) && lowering.isComputed(from)) {
    return lowering.places.set(lowering.bufferOf(op.output), from, offset * 4);
  }
  const axes = shape.map((length, i) => ({ length, stride: strides[i]!, first: 0, last: length }));
  copy(lowering, op, offset, axes, starts[0] === 0);
}

/** Whether a part of a whole lies in one piece: cut along one axis, with nothing to repeat outside of it. */
function isOnePiece(whole: Shape, part: Shape): boolean {
  const axis = whole.findIndex((length, i) => part[i] !== length);
  return whole.every((length, i) => (i < axis ? length === 1 : i === axis || part[i] === length));
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
  const byUnit = unitsFirst(axes, to.units);
  copyCall(lowering, from, to, offset, byUnit ?? axes, byUnit !== undefined, sameUnits && from.units === to.units);
}

/** The axes with the units as the first, or `undefined` where the output's first axis cannot be cut so. */
function unitsFirst(axes: readonly Axis[], units: number): Axis[] | undefined {
  const start = axes.findIndex(({ length, first, last }) => !(length === 1 && first === 0 && last === 1));
  if (start < 0) return [axes[0]!];
  const [outer, ...rest] = axes.slice(start) as [Axis, ...Axis[]];
  if (outer.length === units) return [outer, ...rest];
  const each = outer.length / units;
  if (!Number.isInteger(each) || outer.first > 0 || outer.last < outer.length) return undefined;
  const inner = { length: each, stride: outer.stride, first: 0, last: each };
  return [{ length: units, stride: outer.stride * each, first: 0, last: units }, inner, ...rest];
}

function copyCall(
  lowering: Lowering,
  from: Buffer,
  to: Buffer,
  offset: number,
  axes: readonly Axis[],
  alignedOutput: boolean,
  alignedInput: boolean,
): void {
  const merged = mergeAxes(axes);
  const within = merged.map((_, i) => merged.slice(i + 1).reduce((product, { length }) => product * length, 1));
  lowering.call({
    kernel: 'copy',
    inputs: [from],
    output: to,
    units: merged[0]!.length,
    aligned: [alignedOutput && alignedInput],
    alignedOutput,
    minimumChunk: 1,
    work: (merged[0]!.length * within[0]!) / 2,
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
  const outer = size(shape.slice(0, axis));
  // Where nothing comes before the axis, units are joined: rows of the output, of which each input has some.
  const joinsUnits = outer === 1;
  const wanted = joinsUnits ? shape[axis]! : outer;
  if (joinsUnits && joinInPlace(lowering, buffers, to)) return;
  const byUnit = joinsUnits ? to.units === wanted : outer % to.units === 0;
  const units = byUnit ? to.units : wanted;
  const turns = joinsUnits ? size(shape.slice(axis + 1)) : outer / units;
  const sizes = inputs.map((id) => {
    const own = lowering.shapeOf(id);
    return joinsUnits ? own[axis]! : size(own.slice(axis));
  });
  lowering.call({
    kernel: 'concatenate',
    inputs: buffers,
    output: to,
    units,
    aligned: buffers.map((buffer) => byUnit && !joinsUnits && buffer.units === units),
    alignedOutput: byUnit,
    minimumChunk: 1,
    work: size(shape) / 2,
    scratchBytes: 0,
    encode: (placement) => [
      ...placement.operand(to),
      ...[buffers.length, Number(joinsUnits), turns, size(shape) / units],
      ...buffers.flatMap((buffer, i) => [...placement.operand(buffer), sizes[i]!]),
    ],
  });
}

/** Pieces that lie one after the other are written there at once, where each has a writer of its own. */
function joinInPlace(lowering: Lowering, pieces: readonly Buffer[], whole: Buffer): boolean {
  const offsets = pieces.map((_, i) => pieces.slice(0, i).reduce((sum, piece) => sum + bytesOf(piece), 0));
  const fit = (piece: Buffer, i: number): boolean =>
    lowering.isFree(piece) && piece.block === 1 && pieces.indexOf(piece) === i && offsets[i]! % lineBytes === 0;
  if (!pieces.every(fit)) return false;
  pieces.forEach((piece, i) => lowering.places.set(piece, whole, offsets[i]!));
  return true;
}

export function lowerGather(lowering: Lowering, { inputs, output }: Op<GatherOp>): void {
  const [table, indices] = inputs.map((id) => lowering.bufferOf(id)) as [Buffer, Buffer];
  const [rows, width] = lowering.shapeOf(inputs[0]!) as [number, number];
  const to = lowering.bufferOf(output);
  const count = size(lowering.shapeOf(output)) / width;
  const byUnit = count % to.units === 0;
  const units = byUnit ? to.units : 1;
  lowering.call({
    kernel: 'gather',
    inputs: [table, indices],
    output: to,
    units,
    aligned: [false, byUnit && indices.units === units],
    alignedOutput: byUnit,
    minimumChunk: 1,
    work: (count * width) / 2,
    scratchBytes: 0,
    encode: (placement) => [
      ...[table, indices, to].flatMap((buffer) => placement.operand(buffer)),
      ...[rows, width, count / units],
    ],
  });
}

/** Columns of a cache line: what one unit of `scatter_add` sums of all rows. */
const lineColumns = 16;
/** Where the result is small, what one unit sums instead: whole rows, which are read one after the other. */
const scatteredRows = 512;
/** Elements that the sums of all units have together. */
const mostScattered = 1 << 19;

export function lowerScatterAdd(lowering: Lowering, { attributes: { rows }, inputs, output }: Op<ScatterAddOp>): void {
  const [indices, values] = inputs.map((id) => lowering.bufferOf(id)) as [Buffer, Buffer];
  const width = lowering.shapeOf(output)[1]!;
  const count = size(lowering.shapeOf(inputs[0]!));
  const parts = Math.ceil(count / scatteredRows);
  const byRows = parts > 1 && rows < scatteredRows && parts * rows * width <= mostScattered;
  const to = byRows ? lowering.newBuffer([parts, rows, width]) : lowering.bufferOf(output);
  lowering.call({
    kernel: 'scatter_add',
    inputs: [indices, values],
    output: to,
    units: byRows ? parts : Math.ceil(width / lineColumns),
    aligned: [false, false],
    alignedOutput: byRows,
    minimumChunk: 1,
    work: count * width + rows * width,
    scratchBytes: 0,
    encode: (placement) => [
      ...[indices, values, to].flatMap((buffer) => placement.operand(buffer)),
      ...[rows, width, count, byRows ? scatteredRows : 0],
    ],
  });
  if (byRows) sumParts(lowering, to, lowering.bufferOf(output), [rows, width]);
}
