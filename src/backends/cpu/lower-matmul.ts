import type { MatmulOp, TensorId } from '../../ops/op.js';
import type { Op } from '../../program/program.js';
import { size } from '../../shape.js';
import type { Buffer } from './kernel-call.js';
import type { Lowering } from './lower.js';
import { sumParts } from './lower-reduce.js';

/** Multiplications and additions worth handing to a thread by themselves. */
const unitWork = 1 << 20;
/** A second operand up to this many bytes stays in a core's second-level cache while rows of the first go by. */
const cachedBytes = 1 << 19;
/** Rows of the first operand that make reading the second one worth while. */
const enoughRows = 16;

/** Elements that the shares of a product cut by k have together. */
const mostDepthElements = 1 << 20;

/** A product's sizes, and where its operands lie. */
interface Product {
  readonly a: Buffer;
  readonly b: Buffer;
  readonly c: Buffer;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly matrices: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/**
 * A product of many matrices, or of rows that belong to units with a small matrix, works unit by unit, so that it can share a stage with what
 * comes before and after it. Any other is cut by its own sizes.
 */
export function lowerMatmul(lowering: Lowering, { attributes, inputs, output }: Op<MatmulOp>): void {
  const { transposeA, transposeB } = attributes;
  const [a, b, c] = [inputs[0]!, inputs[1]!, output].map((id) => lowering.bufferOf(id)) as [Buffer, Buffer, Buffer];
  const shape = lowering.shapeOf(output);
  const [m, n] = shape.slice(-2) as [number, number];
  const k = lowering.shapeOf(inputs[0]!).at(transposeA ? -2 : -1)!;
  const product = { a, b, c, m, n, k, matrices: size(shape.slice(0, -2)), transposeA, transposeB };
  const { matrices } = product;
  if (matrices > 1 && matrices % c.units === 0) return productByUnits(lowering, product);
  const rowsByUnit = matrices === 1 && !transposeA && c.units > 1 && m % c.units === 0 && a.units === c.units;
  if (!rowsByUnit || k * n * 4 > cachedBytes) return productByBlocks(lowering, product);
  packedProduct(lowering, product, inputs[1]!);
}

function productByUnits(lowering: Lowering, { a, b, c, m, n, k, matrices, transposeA, transposeB }: Product): void {
  const { units } = c;
  lowering.call({
    kernel: 'product_by_units',
    inputs: [a, b],
    output: c,
    units,
    aligned: [a.units === units, b.units === units],
    alignedOutput: true,
    minimumChunk: 1,
    work: 2 * m * n * k * matrices,
    scratchBytes: 0,
    encode: (placement) => [
      ...placement.operand(a),
      ...placement.operand(b),
      ...placement.operand(c),
      ...[m, n, k, Number(transposeA), Number(transposeB), matrices / units],
    ],
  });
}

/** Columns of a panel. */
const panelColumns = 8;

/** The rows of the first operand unit by unit; the second is packed once, for all units and all products that read it. */
function packedProduct(lowering: Lowering, { a, c, m, n, k, transposeB }: Product, matrix: TensorId): void {
  const { units } = c;
  const panels = Math.ceil(n / panelColumns);
  const packed = lowering.once(`packed/${matrix}/${transposeB}`, () => {
    const from = lowering.bufferOf(matrix);
    const to = lowering.newBlocks(panels, k * panelColumns * 4, 1);
    lowering.call({
      kernel: 'pack_panels',
      inputs: [from],
      output: to,
      units: panels,
      aligned: [false],
      alignedOutput: true,
      minimumChunk: 1,
      // What one thread has written takes the others as long to read as a few operations: so they share this early.
      work: n * k * 4,
      scratchBytes: 0,
      encode: (placement) => [...placement.operand(from), ...placement.operand(to), n, k, Number(transposeB)],
    });
    return to;
  });
  lowering.call({
    kernel: 'packed_product',
    inputs: [a, packed],
    output: c,
    units,
    aligned: [true, false],
    alignedOutput: true,
    minimumChunk: Math.min(units, Math.ceil((enoughRows * units) / m)),
    work: 2 * m * n * k,
    scratchBytes: 0,
    encode: (placement) => [...[a, packed, c].flatMap((buffer) => placement.operand(buffer)), m / units, n, k],
  });
}

/** Rows of a result that one chunk has at least: the second operand is read once for each chunk. */
const rowsOfChunk = 36;

/** A product whose rows are units of their own, as gradients of weights are: what is done to them row by row shares its stage. */
function productByRows(lowering: Lowering, { a, b, c, m, n, k, transposeB }: Product): void {
  lowering.call({
    kernel: 'product_rows',
    inputs: [a, b],
    output: c,
    units: m,
    aligned: [false, false],
    alignedOutput: true,
    minimumChunk: rowsOfChunk,
    work: 2 * m * n * k,
    scratchBytes: 0,
    encode: (placement) => [...[a, b, c].flatMap((buffer) => placement.operand(buffer)), m, n, k, Number(transposeB), 0],
  });
}

/**
 * Cuts a product into units by rows, by columns, or, where the result is small and k long, by k: the shares are then summed in the
 * order of k. The cut depends on the shapes alone, so the bits do not depend on the threads.
 */
function productByBlocks(lowering: Lowering, product: Product): void {
  const { a, b, c, m, n, k, matrices, transposeA, transposeB } = product;
  const work = 2 * m * n * k;
  const wanted = Math.min(64, Math.max(1, Math.round(work / unitWork)));
  const byDepth = matrices === 1 && k >= 1024 && m * n <= mostDepthElements / 8;
  const depthBlocks = byDepth ? Math.min(32, Math.ceil(k / 512), Math.floor(mostDepthElements / (m * n))) : 1;
  const rowBlocks = !byDepth && m >= n ? Math.min(wanted, Math.ceil(m / 48)) : 1;
  const columnBlocks = !byDepth && m < n ? Math.min(wanted, Math.ceil(n / 64)) : 1;
  const target = depthBlocks === 1 ? c : lowering.newBuffer([depthBlocks, m, n]);
  if (transposeA && rowBlocks > 1 && c.units === m) return productByRows(lowering, product);
  // B is copied where many row tiles read it and it does not stay in the cache as it lies.
  const packB = m / rowBlocks >= 48 && (n * 4) % (transposeA ? 128 : 4096) === 0;
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
  if (depthBlocks > 1) sumParts(lowering, target, c, [m, n]);
}
