import type { Expression } from '../../ops/expression.js';
import type { MapOp } from '../../ops/op.js';
import type { Op } from '../../program/program.js';
import { type Shape, broadcastStrides, rowMajorStrides, sameShape, size } from '../../shape.js';
import { type FormulaInput, compileFormula } from './formula.js';
import { type Buffer, type KernelCall, type Placement, floatWord } from './kernel-call.js';
import type { Lowering } from './lower.js';

/** How `kernels/map.ts` reads an input. */
const kinds = { contiguous: 0, scalar: 1, periodic: 2, general: 3, axisIndex: 4, elementIndex: 5 } as const;

const headerWords = 7;
const inputWords = 8;
/** One register of the vector machine, in bytes. */
const registerBytes = 2048;

interface Operand {
  readonly buffer: Buffer;
  readonly shape: Shape;
}

export function lowerMap(lowering: Lowering, { attributes, inputs, output }: Op<MapOp>): void {
  const operands = inputs.map((id) => ({ buffer: lowering.bufferOf(id), shape: lowering.shapeOf(id) }));
  lowering.call(mapCall(attributes.shape, attributes.expression, operands, lowering.bufferOf(output)));
}

/** The call that evaluates a formula for every element of `shape`. */
export function mapCall(shape: Shape, expression: Expression, operands: readonly Operand[], output: Buffer): KernelCall {
  const formula = compileFormula(expression, (i) => size(operands[i]!.shape) === 1);
  const slots = formula.registers + formula.inputs.length + formula.constants.length + 1;
  if (slots > 128) throw new Error(`a formula needs ${slots} slots`);
  const unit = size(shape) / output.units;
  const readings = operands.map((operand) => readingOf(operand.shape, shape));
  return {
    kernel: 'map',
    inputs: operands.map((operand) => operand.buffer),
    output,
    units: output.units,
    aligned: operands.map(({ buffer }, i) => readings[i]!.byUnit && buffer.units === output.units),
    alignedOutput: true,
    minimumChunk: 1,
    work: (size(shape) * (formula.instructions.length / 5 + 1)) / 4,
    scratchBytes: 560 + (slots + 1) * registerBytes,
    encode(placement) {
      const counts = [formula.registers, formula.inputs.length, formula.constants.length, formula.instructions.length / 5];
      const tables: number[] = [];
      const tableStart =
        headerWords + formula.inputs.length * inputWords + formula.constants.length + formula.instructions.length;
      const described = formula.inputs.flatMap((reading) => {
        const words = describe(reading, shape, operands, placement, tableStart + tables.length, tables);
        return [...words, ...new Array<number>(inputWords - words.length).fill(0)];
      });
      const constants = formula.constants.map(floatWord);
      return [...placement.operand(output), unit, ...counts, ...described, ...constants, ...formula.instructions, ...tables];
    },
  };
}

interface Reading {
  kind: 'contiguous' | 'scalar' | 'periodic' | 'general';
  /** Whether unit u of the output reads unit u alone. */
  byUnit: boolean;
}

function readingOf(operand: Shape, shape: Shape): Reading {
  const count = size(operand);
  if (count === 1) return { kind: 'scalar', byUnit: false };
  const strides = broadcastStrides(operand, shape);
  if (count === size(shape)) return { kind: 'contiguous', byUnit: true };
  const whole = rowMajorStrides(shape);
  const firstOwn = strides.findIndex((stride) => stride !== 0);
  const isSuffix = sameShape(
    strides.slice(firstOwn).filter((_, i) => shape[firstOwn + i] !== 1),
    whole.slice(firstOwn).filter((_, i) => shape[firstOwn + i] !== 1),
  );
  return isSuffix ? { kind: 'periodic', byUnit: false } : { kind: 'general', byUnit: strides[0] !== 0 };
}

function describe(
  input: FormulaInput,
  shape: Shape,
  operands: readonly Operand[],
  placement: Placement,
  table: number,
  tables: number[],
): number[] {
  if (input.kind === 'element_index') return [kinds.elementIndex];
  if (input.kind === 'axis_index') return [kinds.axisIndex, 0, 0, rowMajorStrides(shape)[input.axis]!, shape[input.axis]!];
  const operand = operands[input.index]!;
  const { kind } = readingOf(operand.shape, shape);
  const words = [kinds[kind], ...placement.operand(operand.buffer)];
  if (kind === 'periodic') words.push(size(operand.shape));
  if (kind === 'general') {
    const strides = broadcastStrides(operand.shape, shape);
    words.push(shape.length, table);
    shape.forEach((length, axis) => tables.push(length, strides[axis]!));
  }
  return words;
}
