import type { ReduceOp } from '../../ops/op.js';
import type { Op } from '../../program/program.js';
import { size } from '../../shape.js';
import type { Buffer } from './kernel-call.js';
import type { Lowering } from './lower.js';

/** Rows that one unit of a long reduction sums where the batch does not cut it. */
const longRows = 4096;

/**
 * Neighbouring axes that are all reduced, or all kept, are one. What is left is reduced from the last reduced run to the first, each
 * as `[units][rows][columns]`.
 */
export function lowerReduce(lowering: Lowering, { attributes, inputs, output }: Op<ReduceOp>): void {
  const shape = lowering.shapeOf(inputs[0]!);
  const runs: { reduced: boolean; length: number }[] = [];
  shape.forEach((length, axis) => {
    if (length === 1) return;
    const reduced = attributes.axes.includes(axis);
    const last = runs[runs.length - 1];
    if (last?.reduced === reduced) last.length *= length;
    else runs.push({ reduced, length });
  });
  let buffer = lowering.bufferOf(inputs[0]!);
  if (!runs.some((run) => run.reduced)) return lowering.alias(output, buffer);
  while (runs.some((run) => run.reduced)) {
    const index = runs.findLastIndex((run) => run.reduced);
    const product = (part: { length: number }[]): number => part.reduce((n, run) => n * run.length, 1);
    const outer = product(runs.slice(0, index));
    const columns = product(runs.slice(index + 1));
    const rows = runs[index]!.length;
    runs.splice(index, 1);
    const isLast = !runs.some((run) => run.reduced);
    const units = outer % buffer.units === 0 ? buffer.units : outer;
    const target = isLast ? lowering.bufferOf(output) : lowering.newBuffer([outer, columns], units);
    if (outer > 1) {
      const each = outer % target.units === 0 ? outer / target.units : 1;
      reduceUnits(lowering, attributes, buffer, target, { units: outer / each, each, rows, columns, total: outer * rows });
    } else reduceInParts(lowering, attributes, buffer, target, rows, columns);
    buffer = target;
  }
}

interface Extent {
  units: number;
  /** Reductions of a unit. */
  each: number;
  rows: number;
  columns: number;
  /** Rows of all units together: the last unit may have fewer. */
  total: number;
}

/** One long reduction, cut into one part per unit of its input where that leaves several rows to each, then over the parts. */
function reduceInParts(lowering: Lowering, op: ReduceOp, input: Buffer, output: Buffer, rows: number, columns: number): void {
  const byUnit = input.units > 1 && rows % input.units === 0 && rows > input.units;
  const parts = byUnit ? input.units : Math.ceil(rows / longRows);
  if (parts === 1) return reduceUnits(lowering, op, input, output, { units: 1, each: 1, rows, columns, total: rows });
  const partial = lowering.newBuffer([parts, columns]);
  const each = byUnit ? rows / parts : longRows;
  reduceUnits(lowering, op, input, partial, { units: parts, each: 1, rows: each, columns, total: rows });
  reduceInParts(lowering, op, partial, output, parts, columns);
}

function reduceUnits(lowering: Lowering, { reduction }: ReduceOp, input: Buffer, output: Buffer, extent: Extent): void {
  const { units, each, rows, columns, total } = extent;
  lowering.call({
    kernel: 'reduce',
    inputs: [input],
    output,
    units,
    aligned: [input.units === units],
    alignedOutput: output.units === units,
    minimumChunk: 1,
    work: (total * columns) / 4,
    scratchBytes: 0,
    encode: (placement) => [
      ...placement.operand(input),
      ...placement.operand(output),
      rows,
      columns,
      total,
      reduction === 'maximum' ? 1 : 0,
      each,
    ],
  });
}

/** Sums `[parts][...shape]` over the parts: what kernels leave that give every part of the batch a share of its own. */
export function sumParts(lowering: Lowering, parts: Buffer, output: Buffer, shape: readonly number[]): void {
  const { units } = output;
  const elements = size(shape);
  lowering.call({
    kernel: 'sum_parts',
    inputs: [parts],
    output,
    units,
    aligned: [false],
    alignedOutput: true,
    minimumChunk: 1,
    work: (parts.units * elements) / 4,
    scratchBytes: 0,
    encode: (placement) => [...placement.operand(parts), ...placement.operand(output), parts.units, elements / units, elements],
  });
}
