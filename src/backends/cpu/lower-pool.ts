import type { AveragePool2dGradientOp, AveragePool2dOp, MaxPool2dGradientOp, MaxPool2dOp } from '../../ops/op.js';
import type { Op } from '../../program/program.js';
import { type Shape, size } from '../../shape.js';
import type { Buffer } from './kernel-call.js';
import type { Lowering } from './lower.js';

export function lowerMaxPool(lowering: Lowering, op: Op<MaxPool2dOp>): void {
  const [x, y] = [op.inputs[0]!, op.output].map((id) => lowering.bufferOf(id)) as [Buffer, Buffer];
  maxPool(lowering, op, 'max_pool', lowering.shapeOf(op.inputs[0]!), lowering.shapeOf(op.output), [x], y);
}

/**
 * The gradient reads where each window's largest value lies, which is found when x is written: x itself, several times as large, need
 * not be kept.
 */
export function lowerMaxPoolGradient(lowering: Lowering, op: Op<MaxPool2dGradientOp>): void {
  const [x, y] = op.inputs.map((id) => lowering.shapeOf(id)) as [Shape, Shape];
  const [xBuffer, dy] = op.inputs.map((id) => lowering.bufferOf(id)) as [Buffer, Buffer];
  const winners = lowering.once(`winners ${xBuffer.id} ${JSON.stringify(op.attributes)}`, () => {
    const buffer = lowering.newBuffer(y);
    maxPool(lowering, op, 'max_pool_winners', x, y, [xBuffer], buffer);
    return buffer;
  });
  maxPool(lowering, op, 'max_pool_gradient', x, y, [winners, dy], lowering.bufferOf(op.output));
}

function maxPool(
  lowering: Lowering,
  op: Op<MaxPool2dOp | MaxPool2dGradientOp>,
  kernel: 'max_pool' | 'max_pool_winners' | 'max_pool_gradient',
  x: Shape,
  y: Shape,
  inputs: Buffer[],
  output: Buffer,
): void {
  const operands: Buffer[] = [...inputs, output];
  while (operands.length < 3) operands.push(output);
  const units = x[0]!;
  lowering.call({
    kernel,
    inputs,
    output,
    units,
    aligned: inputs.map((buffer) => buffer.units === units),
    alignedOutput: true,
    minimumChunk: 1,
    work: size(x),
    scratchBytes: 0,
    encode: (placement) => [...operands.flatMap((buffer) => placement.operand(buffer)), ...poolWords(op, x, y)],
  });
}

export function lowerAveragePool(lowering: Lowering, op: Op<AveragePool2dOp>): void {
  averagePool(lowering, op, lowering.shapeOf(op.inputs[0]!), lowering.shapeOf(op.output), 'average_pool');
}

export function lowerAveragePoolGradient(lowering: Lowering, op: Op<AveragePool2dGradientOp>): void {
  averagePool(lowering, op, lowering.shapeOf(op.output), lowering.shapeOf(op.inputs[0]!), 'average_pool_gradient');
}

function averagePool(
  lowering: Lowering,
  op: Op<AveragePool2dOp | AveragePool2dGradientOp>,
  x: Shape,
  y: Shape,
  kernel: 'average_pool' | 'average_pool_gradient',
): void {
  const { poolSize, countPadding } = op.attributes;
  const input = lowering.bufferOf(op.inputs[0]!);
  const output = lowering.bufferOf(op.output);
  lowering.call({
    kernel,
    inputs: [input],
    output,
    units: x[0]!,
    aligned: [input.units === x[0]],
    alignedOutput: true,
    minimumChunk: 1,
    work: (size(y) * poolSize[0] * poolSize[1]) / 2,
    scratchBytes: 0,
    encode: (placement) => [
      ...placement.operand(input),
      ...placement.operand(output),
      ...poolWords(op, x, y),
      Number(countPadding),
    ],
  });
}

/** What kernels of pooling are told of sizes and windows. */
function poolWords(
  { attributes: { poolSize, window } }: Op<MaxPool2dOp | MaxPool2dGradientOp | AveragePool2dOp | AveragePool2dGradientOp>,
  x: Shape,
  y: Shape,
): number[] {
  const { strides, padding, dilation } = window;
  return [...x.slice(1), ...poolSize, ...y.slice(1, 3), ...strides, padding.top, padding.left, ...dilation];
}
