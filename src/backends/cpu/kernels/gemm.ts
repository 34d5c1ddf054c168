// Matrix products. Everything that multiplies goes through `gemm`: dense layers, convolutions, attention.
//
// C is cut into tiles of up to six rows and eight columns whose sums stay in registers while a microkernel runs down a block of k.
// A is read where it lies, row by row or, transposed, `rows` consecutive floats for every k; only rows that would fight over the same
// cache sets are first copied (packed) into scratch memory. B is read eight consecutive floats for every k, and is packed where it
// does not lie so. The order in which products are summed depends on the shapes alone.

import { joinsVectors, loadSplat, multiplyAdd, splat } from './simd';
import { runWideTile } from './wide-tiles';

/** k is cut into blocks of this many, so that the panels of A and B that a tile reads stay in the first-level cache. */
export const BLOCK_K: i32 = 256;
/** Floats of A and B that are worked on at a time where they are read in place. */
const CACHED_FLOATS: i32 = 10240;
/** Columns of B packed at a time. */
const BLOCK_N: i32 = 512;
/** The most rows of a tile: twelve sums, two vectors of B and one of A fill the sixteen registers. Without fused multiply-add
 * the product needs one more. */
export const TILE_ROWS: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 5;

/** Bytes of scratch memory that `gemm` uses: packed A, packed B, and a tile for the ragged right edge. */
export const GEMM_SCRATCH: usize = (6 * BLOCK_K + BLOCK_K * BLOCK_N + 6 * 8) * 4;

// Tiles of up to six rows and eight columns (a panel). Sums are loaded before the inner loop and only stored after it: older engines
// spill them all to memory if anything else is done with them. They also do so where they unroll the loop, as they do with short ones
// inside another loop: so `tile`, and `rowTile` with five rows, are called for each panel, `rowTiles` with other rows for all.

/** A lies as `[k][...]`, `strideA` bytes from one k to the next. */
// @ts-ignore: decorator
@inline
function tile(rows: i32, k: i32, a: usize, strideA: usize, b: usize, strideB: usize, c: usize, strideC: usize, fresh: bool): void {
  const c0 = c, c1 = c0 + strideC, c2 = c1 + strideC, c3 = c2 + strideC, c4 = c3 + strideC, c5 = c4 + strideC;
  const zero = splat(0);
  let s00 = zero, s01 = zero, s10 = zero, s11 = zero, s20 = zero, s21 = zero;
  let s30 = zero, s31 = zero, s40 = zero, s41 = zero, s50 = zero, s51 = zero;
  if (!fresh) {
    s00 = v128.load(c0); s01 = v128.load(c0, 16);
    if (rows > 1) { s10 = v128.load(c1); s11 = v128.load(c1, 16); }
    if (rows > 2) { s20 = v128.load(c2); s21 = v128.load(c2, 16); }
    if (rows > 3) { s30 = v128.load(c3); s31 = v128.load(c3, 16); }
    if (rows > 4) { s40 = v128.load(c4); s41 = v128.load(c4, 16); }
    if (rows > 5) { s50 = v128.load(c5); s51 = v128.load(c5, 16); }
  }
  for (let n = k; n > 0; n--) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = loadSplat(a);
    s00 = multiplyAdd(x, b0, s00); s01 = multiplyAdd(x, b1, s01);
    if (rows > 1) { x = v128.load32_splat(a, 4); s10 = multiplyAdd(x, b0, s10); s11 = multiplyAdd(x, b1, s11); }
    if (rows > 2) { x = v128.load32_splat(a, 8); s20 = multiplyAdd(x, b0, s20); s21 = multiplyAdd(x, b1, s21); }
    if (rows > 3) { x = v128.load32_splat(a, 12); s30 = multiplyAdd(x, b0, s30); s31 = multiplyAdd(x, b1, s31); }
    if (rows > 4) { x = v128.load32_splat(a, 16); s40 = multiplyAdd(x, b0, s40); s41 = multiplyAdd(x, b1, s41); }
    if (rows > 5) { x = v128.load32_splat(a, 20); s50 = multiplyAdd(x, b0, s50); s51 = multiplyAdd(x, b1, s51); }
    a += strideA;
    b += strideB;
  }
  v128.store(c0, s00); v128.store(c0, s01, 16);
  if (rows > 1) { v128.store(c1, s10); v128.store(c1, s11, 16); }
  if (rows > 2) { v128.store(c2, s20); v128.store(c2, s21, 16); }
  if (rows > 3) { v128.store(c3, s30); v128.store(c3, s31, 16); }
  if (rows > 4) { v128.store(c4, s40); v128.store(c4, s41, 16); }
  if (rows > 5) { v128.store(c5, s50); v128.store(c5, s51, 16); }
}

/** A lies row after row, `strideA` bytes apart. */
// @ts-ignore: decorator
@inline
function rowTile(rows: i32, k: i32, aStart: usize, strideA: usize, panel: usize, strideB: usize, c: usize, strideC: usize, fresh: bool): void {
  const end = aStart + (<usize>k << 2);
  const c0 = c, c1 = c0 + strideC, c2 = c1 + strideC, c3 = c2 + strideC, c4 = c3 + strideC, c5 = c4 + strideC;
  const zero = splat(0);
  let s00 = zero, s01 = zero, s10 = zero, s11 = zero, s20 = zero, s21 = zero;
  let s30 = zero, s31 = zero, s40 = zero, s41 = zero, s50 = zero, s51 = zero;
  if (!fresh) {
    s00 = v128.load(c0); s01 = v128.load(c0, 16);
    if (rows > 1) { s10 = v128.load(c1); s11 = v128.load(c1, 16); }
    if (rows > 2) { s20 = v128.load(c2); s21 = v128.load(c2, 16); }
    if (rows > 3) { s30 = v128.load(c3); s31 = v128.load(c3, 16); }
    if (rows > 4) { s40 = v128.load(c4); s41 = v128.load(c4, 16); }
    if (rows > 5) { s50 = v128.load(c5); s51 = v128.load(c5, 16); }
  }
  let a0 = aStart, a1 = a0 + strideA, a2 = a1 + strideA, a3 = a2 + strideA, a4 = a3 + strideA, a5 = a4 + strideA;
  let b = panel;
  while (a0 < end) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = loadSplat(a0);
    s00 = multiplyAdd(x, b0, s00); s01 = multiplyAdd(x, b1, s01);
    if (rows > 1) { x = loadSplat(a1); s10 = multiplyAdd(x, b0, s10); s11 = multiplyAdd(x, b1, s11); a1 += 4; }
    if (rows > 2) { x = loadSplat(a2); s20 = multiplyAdd(x, b0, s20); s21 = multiplyAdd(x, b1, s21); a2 += 4; }
    if (rows > 3) { x = loadSplat(a3); s30 = multiplyAdd(x, b0, s30); s31 = multiplyAdd(x, b1, s31); a3 += 4; }
    if (rows > 4) { x = loadSplat(a4); s40 = multiplyAdd(x, b0, s40); s41 = multiplyAdd(x, b1, s41); a4 += 4; }
    if (rows > 5) { x = loadSplat(a5); s50 = multiplyAdd(x, b0, s50); s51 = multiplyAdd(x, b1, s51); a5 += 4; }
    a0 += 4;
    b += strideB;
  }
  v128.store(c0, s00); v128.store(c0, s01, 16);
  if (rows > 1) { v128.store(c1, s10); v128.store(c1, s11, 16); }
  if (rows > 2) { v128.store(c2, s20); v128.store(c2, s21, 16); }
  if (rows > 3) { v128.store(c3, s30); v128.store(c3, s31, 16); }
  if (rows > 4) { v128.store(c4, s40); v128.store(c4, s41, 16); }
  if (rows > 5) { v128.store(c5, s50); v128.store(c5, s51, 16); }
}

/** The same for `panels` panels of B, `panelStep` bytes apart. */
// @ts-ignore: decorator
@inline
function rowTiles(rows: i32, panels: i32, k: i32, a: usize, strideA: usize, panel: usize, panelStep: usize, strideB: usize, c: usize, strideC: usize, fresh: bool): void {
  for (; panels > 0; panels--) {
    rowTile(rows, k, a, strideA, panel, strideB, c, strideC, fresh);
    panel += panelStep;
    c += 32;
  }
}

// Exported, so that each stays a function of its own and its loop is compiled by itself.
export function tile1(k: i32, a: usize, sa: usize, b: usize, sb: usize, c: usize, sc: usize, fresh: bool): void { tile(1, k, a, sa, b, sb, c, sc, fresh); }
export function tile2(k: i32, a: usize, sa: usize, b: usize, sb: usize, c: usize, sc: usize, fresh: bool): void { tile(2, k, a, sa, b, sb, c, sc, fresh); }
export function tile3(k: i32, a: usize, sa: usize, b: usize, sb: usize, c: usize, sc: usize, fresh: bool): void { tile(3, k, a, sa, b, sb, c, sc, fresh); }
export function tile4(k: i32, a: usize, sa: usize, b: usize, sb: usize, c: usize, sc: usize, fresh: bool): void { tile(4, k, a, sa, b, sb, c, sc, fresh); }
export function tile5(k: i32, a: usize, sa: usize, b: usize, sb: usize, c: usize, sc: usize, fresh: bool): void { tile(5, k, a, sa, b, sb, c, sc, fresh); }
export function tile6(k: i32, a: usize, sa: usize, b: usize, sb: usize, c: usize, sc: usize, fresh: bool): void { tile(6, k, a, sa, b, sb, c, sc, fresh); }
export function rowTiles1(ps: i32, k: i32, a: usize, sa: usize, b: usize, st: usize, sb: usize, c: usize, sc: usize, fresh: bool): void { rowTiles(1, ps, k, a, sa, b, st, sb, c, sc, fresh); }
export function rowTiles2(ps: i32, k: i32, a: usize, sa: usize, b: usize, st: usize, sb: usize, c: usize, sc: usize, fresh: bool): void { rowTiles(2, ps, k, a, sa, b, st, sb, c, sc, fresh); }
export function rowTiles3(ps: i32, k: i32, a: usize, sa: usize, b: usize, st: usize, sb: usize, c: usize, sc: usize, fresh: bool): void { rowTiles(3, ps, k, a, sa, b, st, sb, c, sc, fresh); }
export function rowTiles4(ps: i32, k: i32, a: usize, sa: usize, b: usize, st: usize, sb: usize, c: usize, sc: usize, fresh: bool): void { rowTiles(4, ps, k, a, sa, b, st, sb, c, sc, fresh); }
export function rowTile5(k: i32, a: usize, sa: usize, b: usize, sb: usize, c: usize, sc: usize, fresh: bool): void { rowTile(5, k, a, sa, b, sb, c, sc, fresh); }
export function rowTiles6(ps: i32, k: i32, a: usize, sa: usize, b: usize, st: usize, sb: usize, c: usize, sc: usize, fresh: bool): void { rowTiles(6, ps, k, a, sa, b, st, sb, c, sc, fresh); }

// @ts-ignore: decorator
@inline
function runTile(rows: i32, k: i32, a: usize, sa: usize, b: usize, sb: usize, c: usize, sc: usize, fresh: bool): void {
  switch (rows) {
    case 6: tile6(k, a, sa, b, sb, c, sc, fresh); break;
    case 5: tile5(k, a, sa, b, sb, c, sc, fresh); break;
    case 4: tile4(k, a, sa, b, sb, c, sc, fresh); break;
    case 3: tile3(k, a, sa, b, sb, c, sc, fresh); break;
    case 2: tile2(k, a, sa, b, sb, c, sc, fresh); break;
    default: tile1(k, a, sa, b, sb, c, sc, fresh);
  }
}

// @ts-ignore: decorator
@inline
function runRowTiles(rows: i32, ps: i32, k: i32, a: usize, sa: usize, b: usize, st: usize, sb: usize, c: usize, sc: usize, fresh: bool): void {
  switch (rows) {
    case 6: rowTiles6(ps, k, a, sa, b, st, sb, c, sc, fresh); break;
    case 5:
      for (let i: i32 = 0; i < ps; i++) {
        rowTile5(k, a, sa, b, sb, c, sc, fresh);
        b += st;
        c += 32;
      }
      break;
    case 4: rowTiles4(ps, k, a, sa, b, st, sb, c, sc, fresh); break;
    case 3: rowTiles3(ps, k, a, sa, b, st, sb, c, sc, fresh); break;
    case 2: rowTiles2(ps, k, a, sa, b, st, sb, c, sc, fresh); break;
    default: rowTiles1(ps, k, a, sa, b, st, sb, c, sc, fresh);
  }
}

/** Multiplies `rows` rows of A with `panels` panels of B. `inRows`: A is read row after row. */
export function multiplyTiles(
  inRows: bool, rows: i32, panels: i32, k: i32,
  a: usize, strideA: usize, panel: usize, panelStep: usize, strideB: usize, c: usize, strideC: usize, fresh: bool,
): void {
  if (joinsVectors()) {
    for (; panels > 1; panels -= 2) {
      runWideTile(inRows, rows, k, a, strideA, panel, panelStep, strideB, c, strideC, fresh);
      panel += 2 * panelStep;
      c += 64;
    }
    if (panels == 0) return;
  }
  if (inRows) runRowTiles(rows, panels, k, a, strideA, panel, panelStep, strideB, c, strideC, fresh);
  else {
    for (let i: i32 = 0; i < panels; i++) {
      runTile(rows, k, a, strideA, panel, strideB, c, strideC, fresh);
      panel += panelStep;
      c += 32;
    }
  }
}

/** Four rows of four floats, `stride` bytes apart, become four columns: row i of the result is written at `to + i * toStride`. */
// @ts-ignore: decorator
@inline
function transpose4(from: usize, stride: usize, to: usize, toStride: usize): void {
  const r0 = v128.load(from), r1 = v128.load(from + stride), r2 = v128.load(from + 2 * stride), r3 = v128.load(from + 3 * stride);
  const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), t1 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const t2 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5), t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f64>(t0, t2, 0, 2));
  v128.store(to + toStride, v128.shuffle<f64>(t0, t2, 1, 3));
  v128.store(to + 2 * toStride, v128.shuffle<f64>(t1, t3, 0, 2));
  v128.store(to + 3 * toStride, v128.shuffle<f64>(t1, t3, 1, 3));
}

/** Copies `rows` rows of A (`lda` bytes apart, k floats each) to `[k][rows]`. */
export function packRows(rows: i32, k: i32, a: usize, lda: usize, to: usize): void {
  const stride = <usize>rows << 2;
  let i: i32 = 0;
  for (; i + 4 <= rows; i += 4) {
    let p: i32 = 0;
    const from = a + i * lda;
    let out = to + (i << 2);
    for (; p + 4 <= k; p += 4) {
      transpose4(from + (p << 2), lda, out, stride);
      out += stride << 2;
    }
    for (; p < k; p++) {
      const source = from + (p << 2);
      f32.store(out, f32.load(source));
      f32.store(out, f32.load(source + lda), 4);
      f32.store(out, f32.load(source + 2 * lda), 8);
      f32.store(out, f32.load(source + 3 * lda), 12);
      out += stride;
    }
  }
  if (i + 2 <= rows) {
    const from = a + i * lda;
    let out = to + (i << 2);
    for (let p: i32 = 0; p < k; p++) {
      f32.store(out, f32.load(from + (p << 2)));
      f32.store(out, f32.load(from + lda + (p << 2)), 4);
      out += stride;
    }
    i += 2;
  }
  if (i < rows) {
    const from = a + i * lda;
    let out = to + (i << 2);
    for (let p: i32 = 0; p < k; p++) {
      f32.store(out, f32.load(from + (p << 2)));
      out += stride;
    }
  }
}

/** Copies `rows` columns of a transposed A (k rows, `lda` bytes apart) to `[k][rows]`. */
function packPanel(rows: i32, k: i32, a: usize, lda: usize, to: usize): void {
  for (let p: i32 = 0; p < k; p++) {
    let i: i32 = 0;
    if (rows >= 4) {
      v128.store(to, v128.load(a));
      i = 4;
    }
    for (; i < rows; i++) f32.store(to + (i << 2), f32.load(a + (i << 2)));
    a += lda;
    to += <usize>rows << 2;
  }
}

/**
 * Copies k rows of `columns` columns of B into panels of eight columns, `[ceil(columns / 8)][k][8]`, the last one filled up with
 * zeros. `transposed`: B lies as `[columns][k]`, `ldb` bytes apart.
 */
export function packColumns(columns: i32, k: i32, b: usize, ldb: usize, transposed: bool, to: usize): void {
  for (let j: i32 = 0; j < columns; j += 8) {
    const width = min(8, columns - j);
    const panel = to + (<usize>(j * k) << 2);
    if (width < 8) memory.fill(panel, 0, <usize>k << 5);
    if (transposed) {
      const from = b + j * ldb;
      if (width == 8) {
        let p: i32 = 0;
        for (; p + 4 <= k; p += 4) {
          transpose4(from + (p << 2), ldb, panel + (p << 5), 32);
          transpose4(from + 4 * ldb + (p << 2), ldb, panel + (p << 5) + 16, 32);
        }
        for (; p < k; p++) {
          for (let i: i32 = 0; i < 8; i++) f32.store(panel + (p << 5) + (i << 2), f32.load(from + i * ldb + (p << 2)));
        }
      } else {
        for (let i: i32 = 0; i < width; i++) {
          for (let p: i32 = 0; p < k; p++) f32.store(panel + (p << 5) + (i << 2), f32.load(from + i * ldb + (p << 2)));
        }
      }
    } else {
      let from = b + (j << 2);
      let out = panel;
      if (width == 8) {
        for (let p: i32 = 0; p < k; p++) {
          v128.store(out, v128.load(from));
          v128.store(out, v128.load(from, 16), 16);
          from += ldb;
          out += 32;
        }
      } else {
        for (let p: i32 = 0; p < k; p++) {
          for (let i: i32 = 0; i < width; i++) f32.store(out + (i << 2), f32.load(from + (i << 2)));
          from += ldb;
          out += 32;
        }
      }
    }
  }
}

/**
 * Reads one word of every cache line of a block, so that its lines are on their way together before a tile waits for them one after
 * the other. Gives back their sum, for the reads not to be dropped.
 */
function touch(from: usize, rows: i32, rowBytes: usize, stride: usize): i32 {
  let sum: i32 = 0;
  for (let i: i32 = 0; i < rows; i++) {
    for (let j: usize = 0; j < rowBytes; j += 64) sum += i32.load(from + j);
    from += stride;
  }
  return sum;
}

/**
 * C = A B, or C += A B unless `fresh`. Strides are in bytes from row to row as the matrix lies in memory; a transposed A lies as
 * `[k][m]`, a transposed B as `[n][k]`. `packB`: copy B even where it need not be, because its rows lie a power of two apart or
 * many tiles read it.
 */
export function gemm(
  m: i32, n: i32, k: i32,
  a: usize, lda: usize, transposedA: bool,
  b: usize, ldb: usize, transposedB: bool, packB: bool,
  c: usize, ldc: usize, fresh: bool,
  scratch: usize,
): void {
  const packedA = scratch;
  const packedB = scratch + 6 * BLOCK_K * 4;
  const edge = packedB + BLOCK_K * BLOCK_N * 4;
  // Rows are dealt out so that tiles differ by one at most: 32 rows are 5 5 5 5 6 6, not 6 6 6 6 6 2.
  const tiles = (m + TILE_ROWS - 1) / TILE_ROWS;
  // Rows of A that lie a power of two apart would fight over the same cache sets: they are packed. Of a transposed A one is read for
  // every k, so shorter ones do already.
  const packA = (lda & (transposedA ? 511 : 2047)) == 0 && n > 8, inRows = !transposedA && !packA;
  // Read in place, blocks of both operands must stay in the first-level cache together.
  const blockK = transposedA && !packB ? min(BLOCK_K, max(64, (CACHED_FLOATS / (m + min(n, BLOCK_N))) & ~7)) : BLOCK_K;
  for (let n0: i32 = 0; n0 < n; n0 += BLOCK_N) {
    const columns = min(BLOCK_N, n - n0);
    const full = columns & ~7;
    for (let k0: i32 = 0; k0 < k; k0 += blockK) {
      const depth = min(blockK, k - k0);
      const first = fresh && k0 == 0;
      const block = transposedB ? b + n0 * ldb + (k0 << 2) : b + k0 * ldb + (n0 << 2);
      const copied = transposedB || packB;
      if (transposedA && !packA && !copied) {
        const sum = touch(a + k0 * lda, depth, <usize>m << 2, lda) + touch(block, depth, <usize>columns << 2, ldb);
        i32.store(edge, sum);
      }
      if (copied) packColumns(columns, depth, block, ldb, transposedB, packedB);
      else if (full < columns) packColumns(columns - full, depth, block + (full << 2), ldb, false, packedB + (<usize>(full * depth) << 2));
      let row: i32 = 0;
      for (let t: i32 = 0; t < tiles; t++) {
        const end = ((t + 1) * m) / tiles;
        const rows = end - row;
        let left = transposedA ? a + k0 * lda + (row << 2) : a + row * lda + (k0 << 2);
        let strideA = lda;
        if (packA) {
          if (transposedA) packPanel(rows, depth, left, lda, packedA);
          else packRows(rows, depth, left, lda, packedA);
          left = packedA;
          strideA = <usize>rows << 2;
        }
        const target = c + row * ldc + (n0 << 2);
        if (full > 0) {
          const panel = copied ? packedB : block, panelStep = copied ? <usize>depth << 5 : 32;
          multiplyTiles(inRows, rows, full >> 3, depth, left, strideA, panel, panelStep, copied ? 32 : ldb, target, ldc, first);
        }
        if (full < columns) {
          multiplyTiles(inRows, rows, 1, depth, left, strideA, packedB + (<usize>(full * depth) << 2), 0, 32, edge, 32, true);
          for (let i: i32 = 0; i < rows; i++) {
            for (let j: i32 = full; j < columns; j++) {
              const out = target + i * ldc + (j << 2);
              const value = f32.load(edge + (i << 5) + ((j - full) << 2));
              f32.store(out, first ? value : f32.load(out) + value);
            }
          }
        }
        row = end;
      }
    }
  }
}
