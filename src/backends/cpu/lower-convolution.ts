import type { Conv2dFilterGradientOp, Conv2dInputGradientOp, Conv2dOp, Window2d } from '../../ops/op.js';
import type { Op } from '../../program/program.js';
import { type Shape, size } from '../../shape.js';
import type { Buffer, KernelName } from './kernel-call.js';
import type { Lowering } from './lower.js';
import { sumParts } from './lower-reduce.js';
import { isWinograd, winogradFilterGradient, winogradForward, winogradInputGradient } from './lower-winograd.js';

/** A convolution's shapes, whichever of its three products is computed. */
export interface Convolution {
  readonly x: Shape;
  readonly filter: Shape;
  readonly y: Shape;
  readonly window: Window2d;
  readonly groups: number;
}

export function lowerConvolution(lowering: Lowering, op: Op<Conv2dOp>): void {
  const [x, filter] = op.inputs.map((id) => lowering.shapeOf(id)) as [Shape, Shape];
  const convolution = { x, filter, y: lowering.shapeOf(op.output), ...op.attributes };
  const operands = [op.inputs[0]!, op.inputs[1]!, op.output].map((id) => lowering.bufferOf(id)) as Operands;
  if (isWinograd(convolution)) winogradForward(lowering, convolution, ...operands);
  else patchwise(lowering, 'convolution', convolution, operands, x[0]!, 1);
}

export function lowerInputGradient(lowering: Lowering, op: Op<Conv2dInputGradientOp>): void {
  const [y, filter] = op.inputs.map((id) => lowering.shapeOf(id)) as [Shape, Shape];
  const convolution = { x: lowering.shapeOf(op.output), filter, y, ...op.attributes };
  const operands = [op.inputs[0]!, op.inputs[1]!, op.output].map((id) => lowering.bufferOf(id)) as Operands;
  if (isWinograd(convolution)) winogradInputGradient(lowering, convolution, ...operands);
  else patchwise(lowering, 'convolution_input_gradient', convolution, operands, y[0]!, 1);
}

/** Filters up to this many weights get a share of the gradient per image, so that they are computed along with the image. */
const smallFilter = 4096;
/** Larger ones get this many shares. */
const mostParts = 8;

export function lowerFilterGradient(lowering: Lowering, op: Op<Conv2dFilterGradientOp>): void {
  const [x, y] = op.inputs.map((id) => lowering.shapeOf(id)) as [Shape, Shape];
  const filter = lowering.shapeOf(op.output);
  const convolution = { x, filter, y, ...op.attributes };
  const [xBuffer, yBuffer] = op.inputs.map((id) => lowering.bufferOf(id)) as [Buffer, Buffer];
  const output = lowering.bufferOf(op.output);
  if (isWinograd(convolution)) return winogradFilterGradient(lowering, convolution, xBuffer, yBuffer, output);
  const images = size(filter) <= smallFilter ? 1 : Math.ceil(x[0]! / mostParts);
  const parts = lowering.newBuffer([Math.ceil(x[0]! / images), size(filter)]);
  patchwise(lowering, 'convolution_filter_gradient', convolution, [xBuffer, yBuffer, parts], parts.units, images);
  sumParts(lowering, parts, output, filter);
}

type Operands = [Buffer, Buffer, Buffer];

type PatchwiseKernel = 'convolution' | 'convolution_input_gradient' | 'convolution_filter_gradient';

/** Where every channel has one filter of its own there is no matrix product, and patches would be copied for nothing. */
const depthwiseKernels: Readonly<Record<PatchwiseKernel, KernelName>> = {
  convolution: 'depthwise',
  convolution_input_gradient: 'depthwise_input_gradient',
  convolution_filter_gradient: 'depthwise_filter_gradient',
};

/** Bytes that a depthwise kernel keeps for each row and column of what it computes. */
const tableBytes = 12;

/** Floats of patches that are made at a time. */
const patchFloats = 1 << 16;

function patchwise(
  lowering: Lowering,
  kernel: PatchwiseKernel,
  convolution: Convolution,
  operands: Operands,
  units: number,
  images: number,
): void {
  const { x, filter, y, window, groups } = convolution;
  const [first, second, output] = operands;
  const depth = filter[0]! * filter[1]! * filter[2]!;
  const positions = [x, y].reduce((sum, [, height, width]) => sum + height! + width!, filter[0]! + filter[1]!);
  const isDepthwise = groups > 1 && groups === x[3] && groups === y[3];
  const block = Math.max(1, Math.min(y[1]! * y[2]!, Math.floor(patchFloats / depth)));
  lowering.call({
    kernel: isDepthwise ? depthwiseKernels[kernel] : kernel,
    inputs: [first, second],
    output,
    units,
    aligned: [
      images === 1 && first.units === units,
      kernel === 'convolution_filter_gradient' && images === 1 && second.units === units,
    ],
    alignedOutput: true,
    minimumChunk: 1,
    work: 2 * size(y) * depth,
    scratchBytes: isDepthwise ? tableBytes * positions : block * depth * 4,
    encode: (placement) => [
      ...operands.flatMap((buffer) => placement.operand(buffer)),
      ...x.slice(1),
      ...filter.slice(0, 2),
      ...y.slice(1),
      ...window.strides,
      ...window.dilation,
      window.padding.top,
      window.padding.left,
      groups,
      block,
      images,
      x[0]!,
    ],
  });
}
