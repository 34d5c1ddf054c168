import type { MatmulOp } from '../../ops/op.js';
import type { Op } from '../../program/program.js';
import { size } from '../../shape.js';
import type { Lowering } from './lower.js';
import { sumParts } from './lower-reduce.js';

/** Multiplications and additions worth handing to a thread by themselves. */
const unitWork = 1 << 20;

/**
 * Cuts a product into units by rows, by columns, or, where the result is small and k long, by k: the shares are then summed in the
 * order of k. The cut depends on the shapes alone, so the bits do not depend on the threads.
 */
export function lowerMatmul(lowering: Lowering, { attributes, inputs, output }: Op<MatmulOp>): void {
  const { transposeA, transposeB } = attributes;
  const [a, b] = inputs.map((id) => lowering.bufferOf(id)) as [never, never];
  const shape = lowering.shapeOf(output);
  const [m, n] = shape.slice(-2) as [number, number];
  const k = lowering.shapeOf(inputs[0]!).at(transposeA ? -2 : -1)!;
  const matrices = size(shape.slice(0, -2));
  const work = 2 * m * n * k;
  const wanted = Math.min(64, Math.max(1, Math.round(work / unitWork)));
  const byDepth = matrices === 1 && k >= 1024 && m * n <= 1 << 15;
  const depthBlocks = byDepth ? Math.min(32, Math.ceil(k / 512)) : 1;
  const rowBlocks = !byDepth && m >= n ? Math.min(wanted, Math.ceil(m / 48)) : 1;
  const columnBlocks = !byDepth && m < n ? Math.min(wanted, Math.ceil(n / 64)) : 1;
  const target = depthBlocks === 1 ? lowering.bufferOf(output) : lowering.newBuffer([depthBlocks, m, n]);
  // B is copied where many row tiles read it and it does not stay in the cache as it lies.
  const packB = m / rowBlocks >= 48 && (n * 4) % 4096 === 0;
  lowering.call({
    kernel: 'product',
    inputs: [a, b],
    output: target,
    units: matrices * rowBlocks * columnBlocks * depthBlocks,
    aligned: [false, false],
    alignedOutput: false,
    minimumChunk: 1,
    work: work * matrices,
    scratchBytes: 0,
    encode: (placement) => [
      ...placement.operand(a),
      ...placement.operand(b),
      ...placement.operand(target),
      ...[m, n, k, Number(transposeA), Number(transposeB), Number(packB)],
      ...[rowBlocks, columnBlocks, depthBlocks, m * k, k * n, m * n],
    ],
  });
  if (depthBlocks > 1) sumParts(lowering, target, lowering.bufferOf(output), shape);
}
