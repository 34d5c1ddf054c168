// Matrix products of any size, cut into units that threads take one after the other.
//
// Parameters: 0 A operand, 2 B operand, 4 C operand; 6 m, 7 n, 8 k, 9 A transposed, 10 B transposed, 11 whether B is packed,
// 12 blocks of rows, 13 blocks of columns, 14 blocks of k; 15, 16 and 17 elements from one matrix of A, B and C to the next.
// Unit = ((matrix * row blocks + row block) * column blocks + column block) * k blocks + k block. With several k blocks C is
// [k blocks][m][n], summed by a later op.

import { gemm } from './gemm';
import { operand, word } from './operand';

/** Where block `index` of `count` over `length` begins: a multiple of `step`. */
function boundary(index: i32, count: i32, length: i32, step: i32): i32 {
  const steps = (length + step - 1) / step;
  return min(length, ((index * steps) / count) * step);
}

export function product(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const a = operand(p, 0, from, local), b = operand(p, 2, from, local), c = operand(p, 4, from, local);
  const m = word(p, 6), n = word(p, 7), k = word(p, 8), transposedA = word(p, 9) != 0, transposedB = word(p, 10) != 0;
  const rowBlocks = word(p, 12), columnBlocks = word(p, 13), depthBlocks = word(p, 14);
  const lda = <usize>(transposedA ? m : k) << 2, ldb = <usize>(transposedB ? k : n) << 2, ldc = <usize>n << 2;
  for (let unit = from; unit < to; unit++) {
    let rest = unit;
    const depthBlock = rest % depthBlocks;
    rest /= depthBlocks;
    const columnBlock = rest % columnBlocks;
    rest /= columnBlocks;
    const rowBlock = rest % rowBlocks, matrix = rest / rowBlocks;
    const row = boundary(rowBlock, rowBlocks, m, 1), rows = boundary(rowBlock + 1, rowBlocks, m, 1) - row;
    const column = boundary(columnBlock, columnBlocks, n, 16), columns = boundary(columnBlock + 1, columnBlocks, n, 16) - column;
    const depth = boundary(depthBlock, depthBlocks, k, 4), depths = boundary(depthBlock + 1, depthBlocks, k, 4) - depth;
    const left = a + (<usize>(matrix * word(p, 15)) << 2) + (transposedA ? <usize>depth * lda + (row << 2) : <usize>row * lda + (depth << 2));
    const right = b + (<usize>(matrix * word(p, 16)) << 2) + (transposedB ? <usize>column * ldb + (depth << 2) : <usize>depth * ldb + (column << 2));
    const target = c + (<usize>(matrix * word(p, 17) + depthBlock * m * n) << 2) + <usize>row * ldc + (column << 2);
    gemm(rows, columns, depths, left, lda, transposedA, right, ldb, transposedB, word(p, 11) != 0, target, ldc, true, scratch);
  }
}

/**
 * Products of many matrices. Parameters: 0 A operand, 2 B operand, 4 C operand; 6 rows, 7 n, 8 k, 9 A transposed, 10 B transposed, 11 matrices
 * of a unit.
 */
export function productByUnits(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const a = operand(p, 0, from, local), b = operand(p, 2, from, local), c = operand(p, 4, from, local);
  const rows = word(p, 6), n = word(p, 7), k = word(p, 8), transposedA = word(p, 9) != 0, transposedB = word(p, 10) != 0;
  const each = word(p, 11);
  const lda = <usize>(transposedA ? rows : k) << 2, ldb = <usize>(transposedB ? k : n) << 2, ldc = <usize>n << 2;
  const sizeA = <usize>(rows * k) << 2, sizeB = <usize>(k * n) << 2, sizeC = <usize>(rows * n) << 2;
  const pack = rows >= 48 && (ldb & 4095) == 0;
  for (let i = <usize>(from * each); i < <usize>(to * each); i++) {
    gemm(rows, n, k, a + i * sizeA, lda, transposedA, b + i * sizeB, ldb, transposedB, pack, c + i * sizeC, ldc, true, scratch);
  }
}

/**
 * Rows [from, to) of a product whose first operand is transposed. Parameters: 0 A operand, 2 B operand, 4 C operand; 6 m, 7 n, 8 k,
 * 9 B transposed, 10 whether B is packed.
 */
export function productRows(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const a = operand(p, 0, from, local), b = operand(p, 2, from, local), c = operand(p, 4, from, local);
  const m = word(p, 6), n = word(p, 7), k = word(p, 8), transposedB = word(p, 9) != 0;
  const lda = <usize>m << 2, ldb = <usize>(transposedB ? k : n) << 2, ldc = <usize>n << 2;
  gemm(to - from, n, k, a + (<usize>from << 2), lda, true, b, ldb, transposedB, word(p, 10) != 0, c + <usize>from * ldc, ldc, true, scratch);
}
