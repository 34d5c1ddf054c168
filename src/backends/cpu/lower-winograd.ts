import { size } from '../../shape.js';
import type { Buffer, KernelName, Placement } from './kernel-call.js';
import type { Lowering } from './lower.js';
import type { Convolution } from './lower-convolution.js';

/** Outputs along each side of a tile, and the 6 x 6 positions of its transform. */
const tileSize = 4;
const positions = 36;
const cacheLine = 64;
/** Rows of a matrix product at which its tiles are well filled and the filter is read for enough of them: images are put together. */
const enoughRows = 64;

/** Scratch memory of the transforms: at most a stretch of tiles, transformed along columns (`kernels/winograd.ts`). */
const transformBytes = 14 * 1024;

/** Floats read in a row at which summing parts that lie far apart is fast. */
const longStretch = 128;
const fewestBlocks = 8;
/** The filter's gradient is summed in parts of at least this many images, by one thread each, and in at most this many parts. */
const imagesOfPart = 4;
const mostParts = 16;

/** Whether Winograd's F(4 x 4, 3 x 3) applies and pays: 3 x 3, stride 1, whole vectors of channels, images of some size. */
export function isWinograd({ filter, y, window, groups }: Convolution): boolean {
  const [height, width, channels, filters] = filter as [number, number, number, number];
  return (
    height === 3 &&
    width === 3 &&
    groups === 1 &&
    [...window.strides, ...window.dilation].every((n) => n === 1) &&
    channels % 4 === 0 &&
    filters % 4 === 0 &&
    channels >= 8 &&
    filters >= 8 &&
    y[1]! >= tileSize &&
    y[2]! >= tileSize
  );
}

export function winogradForward(lowering: Lowering, convolution: Convolution, x: Buffer, filter: Buffer, y: Buffer): void {
  const v = transformedInput(lowering, convolution, x);
  const u = transformedFilter(lowering, convolution, filter, false);
  const m = multiply(lowering, convolution, v, u, 'forward');
  transformTiles(lowering, convolution, 'winograd_output', y, m);
}

export function winogradInputGradient(
  lowering: Lowering,
  convolution: Convolution,
  dy: Buffer,
  filter: Buffer,
  dx: Buffer,
): void {
  const dm = transformedGradient(lowering, convolution, dy);
  const u = transformedFilter(lowering, convolution, filter, true);
  const dv = multiply(lowering, convolution, dm, u, 'backward');
  transformTiles(lowering, convolution, 'winograd_input_adjoint', dx, dv);
}

export function winogradFilterGradient(lowering: Lowering, convolution: Convolution, x: Buffer, dy: Buffer, dg: Buffer): void {
  const v = transformedInput(lowering, convolution, x, true);
  const dm = transformedGradient(lowering, convolution, dy);
  const [, , channels, filters] = convolution.filter as [number, number, number, number];
  const units = convolution.x[0]!;
  const { count } = tilesOf(convolution);
  const { block } = v.buffer;
  const part = Math.ceil(Math.max(imagesOfPart, units / mostParts) / block) * block;
  const du = lowering.newBuffer([Math.ceil(units / part), positions, channels, filters]);
  lowering.call({
    kernel: 'winograd_filter_product',
    inputs: [v.buffer, dm.buffer],
    output: du,
    units,
    aligned: [true, true],
    alignedOutput: true,
    part,
    minimumChunk: 1,
    work: 2 * positions * units * count * channels * filters,
    scratchBytes: 0,
    encode: (placement) => [
      ...[v.buffer, dm.buffer, du].flatMap((buffer) => placement.operand(buffer)),
      ...[count, channels, filters, v.positionBytes, dm.positionBytes, block, part],
    ],
  });
  transformFilter(lowering, convolution, 'winograd_filter_adjoint', du, dg, [du.units], Math.ceil(longStretch / filters));
}

/** Rows and columns of tiles that cover an output image. */
function tilesOf({ y }: Convolution): { rows: number; columns: number; count: number } {
  const [rows, columns] = [Math.ceil(y[1]! / tileSize), Math.ceil(y[2]! / tileSize)];
  return { rows, columns, count: rows * columns };
}

/** V, computed once for the forward pass and again (`late`) for the filter's gradient: to keep it, 36 / 16 of x, would take longer. */
function transformedInput(lowering: Lowering, convolution: Convolution, x: Buffer, late = false): Tiles {
  const v = tileBuffer(lowering, convolution, convolution.filter[2]!);
  transformTiles(lowering, convolution, 'winograd_input', x, v, late);
  return v;
}

/** dM: shared by both gradients. */
function transformedGradient(lowering: Lowering, convolution: Convolution, dy: Buffer): Tiles {
  return lowering.once(`dM ${dy.id}`, () => {
    const dm = tileBuffer(lowering, convolution, convolution.filter[3]!);
    transformTiles(lowering, convolution, 'winograd_output_adjoint', dy, dm);
    return dm;
  });
}

/** U, as `[36][channels][filters]`, or transposed. */
function transformedFilter(lowering: Lowering, convolution: Convolution, filter: Buffer, transposed: boolean): Buffer {
  return lowering.once(`U ${filter.id} ${transposed}`, () => {
    const u = lowering.newBuffer([positions, convolution.filter[2]!, convolution.filter[3]!]);
    transformFilter(lowering, convolution, 'winograd_filter', filter, u, [Number(transposed)]);
    return u;
  });
}

/** Images whose tiles lie together: as many as a matrix product wants, but few enough that there are blocks for several threads. */
function imagesOfBlock(convolution: Convolution): number {
  return Math.min(Math.ceil(convolution.x[0]! / fewestBlocks), Math.ceil(enoughRows / tilesOf(convolution).count));
}

/** The tiles of all images, as blocks of `[36][images][tiles][channels]`. */
interface Tiles {
  readonly buffer: Buffer;
  readonly imageBytes: number;
  /** From one of the 36 positions to the next. */
  readonly positionBytes: number;
}

function tileBuffer(lowering: Lowering, convolution: Convolution, channels: number): Tiles {
  const block = imagesOfBlock(convolution);
  const imageBytes = tilesOf(convolution).count * channels * 4;
  // An odd number of cache lines apart, the 36 positions of a tile lie in different cache sets.
  let lines = Math.ceil((block * imageBytes) / cacheLine) | 1;
  while ((positions * lines * cacheLine) % block !== 0) lines += 2;
  const positionBytes = lines * cacheLine;
  return { buffer: lowering.newBlocks(convolution.x[0]!, (positions * positionBytes) / block, block), imageBytes, positionBytes };
}

function transformFilter(
  lowering: Lowering,
  { filter: [, , channels, filters] }: Convolution,
  kernel: KernelName,
  input: Buffer,
  output: Buffer,
  flags: number[],
  each = 1,
): void {
  lowering.call({
    kernel,
    inputs: [input],
    output,
    units: Math.ceil(channels! / each),
    aligned: [false],
    alignedOutput: false,
    minimumChunk: 1,
    work: positions * channels! * filters!,
    scratchBytes: 64 * 16 + positions * (each * filters! * 4 + cacheLine),
    encode: (placement) => [...placement.operand(input), ...placement.operand(output), channels!, filters!, ...flags, each],
  });
}

function multiply(
  lowering: Lowering,
  convolution: Convolution,
  left: Tiles,
  u: Buffer,
  direction: 'forward' | 'backward',
): Tiles {
  const [, , channels, filters] = convolution.filter as [number, number, number, number];
  const [k, n] = direction === 'forward' ? [channels, filters] : [filters, channels];
  const output = tileBuffer(lowering, convolution, n);
  const { count } = tilesOf(convolution);
  const units = convolution.x[0]!;
  lowering.call({
    kernel: 'winograd_multiply',
    inputs: [left.buffer, u],
    output: output.buffer,
    units,
    aligned: [true, false],
    alignedOutput: true,
    minimumChunk: 1,
    work: 2 * positions * units * count * channels * filters,
    scratchBytes: 0,
    encode: (placement) => [
      ...[left.buffer, u, output.buffer].flatMap((buffer) => placement.operand(buffer)),
      ...[count, k, n, left.positionBytes, output.positionBytes, left.buffer.block],
    ],
  });
  return output;
}

/** The four transforms between an image (of x or of y) and its tiles. */
function transformTiles(
  lowering: Lowering,
  convolution: Convolution,
  kernel: 'winograd_input' | 'winograd_output' | 'winograd_output_adjoint' | 'winograd_input_adjoint',
  image: Buffer,
  tiles: Tiles,
  late = false,
): void {
  const onInput = kernel === 'winograd_input' || kernel === 'winograd_input_adjoint';
  const toTiles = kernel === 'winograd_input' || kernel === 'winograd_output_adjoint';
  const [input, output] = toTiles ? [image, tiles.buffer] : [tiles.buffer, image];
  const { rows, columns } = tilesOf(convolution);
  const shape = onInput ? convolution.x : convolution.y;
  const { top, left } = convolution.window.padding;
  lowering.call({
    kernel,
    inputs: [input],
    output,
    units: shape[0]!,
    aligned: [input.units === shape[0]],
    alignedOutput: true,
    late,
    minimumChunk: 1,
    work: size(shape) * 12,
    scratchBytes: transformBytes,
    encode: (placement: Placement) => [
      ...placement.operand(image),
      ...placement.operand(tiles.buffer),
      ...shape.slice(1),
      ...[rows, columns, tiles.positionBytes, tiles.imageBytes, -top, -left, tiles.buffer.block],
    ],
  });
}
