// Products of rows with a matrix that many of them read, such as a layer's weights. The matrix is packed once for all threads and all
// time steps: in panels of eight columns, [panels][k][8], that are read one word after the other.

import { BLOCK_K, GEMM_SCRATCH, TILE_ROWS, multiplyTiles, packColumns } from './gemm';
import { operand, word } from './operand';

/** Parameters: 0 B operand, 2 packed operand; 4 n, 5 k, 6 whether B is transposed. A unit is a panel. */
export function packPanels(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const b = operand(p, 0, from, local), packed = operand(p, 2, from, local);
  const n = word(p, 4), k = word(p, 5), transposed = word(p, 6) != 0;
  const ldb = <usize>(transposed ? k : n) << 2;
  const first = from << 3, columns = min(n, to << 3) - first;
  packColumns(columns, k, transposed ? b + <usize>first * ldb : b + (<usize>first << 2), ldb, transposed, packed + (<usize>(first * k) << 2));
}

/** Bytes from one copied row of A to the next: an odd number of cache lines. */
const COPIED_ROW: usize = BLOCK_K * 4 + 64;

/** Parameters: 0 A operand, 2 packed operand, 4 C operand; 6 rows of a unit, 7 n, 8 k. */
export function packedProduct(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const n = word(p, 7), k = word(p, 8), first = <usize>(from * word(p, 6)), m = (to - from) * word(p, 6);
  const lda = <usize>k << 2, ldc = <usize>n << 2;
  const a = operand(p, 0, from, local) + first * lda, c = operand(p, 4, from, local) + first * ldc;
  const panels = operand(p, 2, from, local), panelBytes = <usize>k << 5;
  const copied = scratch, edge = scratch + GEMM_SCRATCH - 6 * 8 * 4;
  const tiles = (m + TILE_ROWS - 1) / TILE_ROWS;
  // Rows that lie a power of two apart would fight over the same cache sets.
  const copies = (lda & 2047) == 0 && n > 8;
  const full = n >> 3, rest = n & 7;
  for (let k0: i32 = 0; k0 < k; k0 += BLOCK_K) {
    const depth = min(BLOCK_K, k - k0), fresh = k0 == 0;
    const block = panels + (<usize>k0 << 5);
    let row: i32 = 0;
    for (let t: i32 = 0; t < tiles; t++) {
      const end = ((t + 1) * m) / tiles, rows = end - row;
      let left = a + <usize>row * lda + (<usize>k0 << 2);
      let strideA = lda;
      if (copies) {
        for (let i: i32 = 0; i < rows; i++) memory.copy(copied + <usize>i * COPIED_ROW, left + <usize>i * lda, <usize>depth << 2);
        left = copied;
        strideA = COPIED_ROW;
      }
      const target = c + <usize>row * ldc;
      if (full > 0) multiplyTiles(true, rows, full, depth, left, strideA, block, panelBytes, 32, target, ldc, fresh);
      if (rest > 0) {
        multiplyTiles(true, rows, 1, depth, left, strideA, block + <usize>full * panelBytes, 0, 32, edge, 32, true);
        for (let i: i32 = 0; i < rows; i++) {
          for (let j: i32 = 0; j < rest; j++) {
            const out = target + <usize>i * ldc + (<usize>((full << 3) + j) << 2);
            const value = f32.load(edge + (<usize>i << 5) + (<usize>j << 2));
            f32.store(out, fresh ? value : f32.load(out) + value);
          }
        }
      }
      row = end;
    }
  }
}
