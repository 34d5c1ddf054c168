// Tiles of up to six rows and sixteen columns, two panels of B side by side, for engines that join two neighbouring vectors into one of
// 256 bits: twelve sums, two vectors of B and one of A then fill the registers as in the tiles of eight columns. Elsewhere they would
// need 24 registers for sums alone.
//
// What the engine asks for: two loads and two stores 16 bytes apart with the same address but for the constant, in one block of code, the
// upper store first (it must trap before the lower one is done); the same operation in between; sums that begin alike. So they
// are loaded in every case, from zeros where the product is fresh.

import { loadSplat, multiplyAdd, splat, storePair } from './simd';

/** The sums of a row in which nothing has been summed yet. */
const ZEROS = memory.data(64);

// @ts-ignore: decorator
@inline
function storeRow(c: usize, s0: v128, s1: v128, s2: v128, s3: v128): void {
  storePair(c, s0, s1);
  storePair(c + 32, s2, s3);
}

/** A lies as `[k][...]`, `strideA` bytes from one k to the next. Panels of B are `panelStep` bytes apart. */
// @ts-ignore: decorator
@inline
function tile(rows: i32, k: i32, a: usize, strideA: usize, panel: usize, panelStep: usize, strideB: usize, c: usize, strideC: usize, fresh: bool): void {
  const f0 = fresh ? ZEROS : c, stride = fresh ? <usize>0 : strideC;
  const f1 = f0 + stride, f2 = f1 + stride, f3 = f2 + stride, f4 = f3 + stride, f5 = f4 + stride;
  let s00 = v128.load(f0), s01 = v128.load(f0, 16), s02 = v128.load(f0, 32), s03 = v128.load(f0, 48);
  const zero = splat(0);
  let s10 = zero, s11 = zero, s12 = zero, s13 = zero, s20 = zero, s21 = zero, s22 = zero, s23 = zero, s30 = zero, s31 = zero, s32 = zero, s33 = zero;
  let s40 = zero, s41 = zero, s42 = zero, s43 = zero, s50 = zero, s51 = zero, s52 = zero, s53 = zero;
  if (rows > 1) { s10 = v128.load(f1); s11 = v128.load(f1, 16); s12 = v128.load(f1, 32); s13 = v128.load(f1, 48); }
  if (rows > 2) { s20 = v128.load(f2); s21 = v128.load(f2, 16); s22 = v128.load(f2, 32); s23 = v128.load(f2, 48); }
  if (rows > 3) { s30 = v128.load(f3); s31 = v128.load(f3, 16); s32 = v128.load(f3, 32); s33 = v128.load(f3, 48); }
  if (rows > 4) { s40 = v128.load(f4); s41 = v128.load(f4, 16); s42 = v128.load(f4, 32); s43 = v128.load(f4, 48); }
  if (rows > 5) { s50 = v128.load(f5); s51 = v128.load(f5, 16); s52 = v128.load(f5, 32); s53 = v128.load(f5, 48); }
  let left = panel, right = panel + panelStep;
  for (let n = k; n > 0; n--) {
    const b0 = v128.load(left), b1 = v128.load(left, 16), b2 = v128.load(right), b3 = v128.load(right, 16);
    let x = v128.load32_splat(a);
    s00 = multiplyAdd(x, b0, s00); s01 = multiplyAdd(x, b1, s01); s02 = multiplyAdd(x, b2, s02); s03 = multiplyAdd(x, b3, s03);
    if (rows > 1) { x = v128.load32_splat(a, 4); s10 = multiplyAdd(x, b0, s10); s11 = multiplyAdd(x, b1, s11); s12 = multiplyAdd(x, b2, s12); s13 = multiplyAdd(x, b3, s13); }
    if (rows > 2) { x = v128.load32_splat(a, 8); s20 = multiplyAdd(x, b0, s20); s21 = multiplyAdd(x, b1, s21); s22 = multiplyAdd(x, b2, s22); s23 = multiplyAdd(x, b3, s23); }
    if (rows > 3) { x = v128.load32_splat(a, 12); s30 = multiplyAdd(x, b0, s30); s31 = multiplyAdd(x, b1, s31); s32 = multiplyAdd(x, b2, s32); s33 = multiplyAdd(x, b3, s33); }
    if (rows > 4) { x = v128.load32_splat(a, 16); s40 = multiplyAdd(x, b0, s40); s41 = multiplyAdd(x, b1, s41); s42 = multiplyAdd(x, b2, s42); s43 = multiplyAdd(x, b3, s43); }
    if (rows > 5) { x = v128.load32_splat(a, 20); s50 = multiplyAdd(x, b0, s50); s51 = multiplyAdd(x, b1, s51); s52 = multiplyAdd(x, b2, s52); s53 = multiplyAdd(x, b3, s53); }
    a += strideA;
    left += strideB;
    right += strideB;
  }
  const c1 = c + strideC, c2 = c1 + strideC, c3 = c2 + strideC, c4 = c3 + strideC, c5 = c4 + strideC;
  storeRow(c, s00, s01, s02, s03);
  if (rows > 1) storeRow(c1, s10, s11, s12, s13);
  if (rows > 2) storeRow(c2, s20, s21, s22, s23);
  if (rows > 3) storeRow(c3, s30, s31, s32, s33);
  if (rows > 4) storeRow(c4, s40, s41, s42, s43);
  if (rows > 5) storeRow(c5, s50, s51, s52, s53);
}

/** A lies row after row, `strideA` bytes apart. Panels of B are `panelStep` bytes apart. */
// @ts-ignore: decorator
@inline
function rowTile(rows: i32, k: i32, aStart: usize, strideA: usize, panel: usize, panelStep: usize, strideB: usize, c: usize, strideC: usize, fresh: bool): void {
  const f0 = fresh ? ZEROS : c, stride = fresh ? <usize>0 : strideC;
  const f1 = f0 + stride, f2 = f1 + stride, f3 = f2 + stride, f4 = f3 + stride, f5 = f4 + stride;
  let s00 = v128.load(f0), s01 = v128.load(f0, 16), s02 = v128.load(f0, 32), s03 = v128.load(f0, 48);
  const zero = splat(0);
  let s10 = zero, s11 = zero, s12 = zero, s13 = zero, s20 = zero, s21 = zero, s22 = zero, s23 = zero, s30 = zero, s31 = zero, s32 = zero, s33 = zero;
  let s40 = zero, s41 = zero, s42 = zero, s43 = zero, s50 = zero, s51 = zero, s52 = zero, s53 = zero;
  if (rows > 1) { s10 = v128.load(f1); s11 = v128.load(f1, 16); s12 = v128.load(f1, 32); s13 = v128.load(f1, 48); }
  if (rows > 2) { s20 = v128.load(f2); s21 = v128.load(f2, 16); s22 = v128.load(f2, 32); s23 = v128.load(f2, 48); }
  if (rows > 3) { s30 = v128.load(f3); s31 = v128.load(f3, 16); s32 = v128.load(f3, 32); s33 = v128.load(f3, 48); }
  if (rows > 4) { s40 = v128.load(f4); s41 = v128.load(f4, 16); s42 = v128.load(f4, 32); s43 = v128.load(f4, 48); }
  if (rows > 5) { s50 = v128.load(f5); s51 = v128.load(f5, 16); s52 = v128.load(f5, 32); s53 = v128.load(f5, 48); }
  let a0 = aStart, a1 = a0 + strideA, a2 = a1 + strideA, a3 = a2 + strideA, a4 = a3 + strideA, a5 = a4 + strideA;
  const end = aStart + (<usize>k << 2);
  let left = panel, right = panel + panelStep;
  while (a0 < end) {
    const b0 = v128.load(left), b1 = v128.load(left, 16), b2 = v128.load(right), b3 = v128.load(right, 16);
    let x = loadSplat(a0);
    s00 = multiplyAdd(x, b0, s00); s01 = multiplyAdd(x, b1, s01); s02 = multiplyAdd(x, b2, s02); s03 = multiplyAdd(x, b3, s03);
    if (rows > 1) { x = loadSplat(a1); s10 = multiplyAdd(x, b0, s10); s11 = multiplyAdd(x, b1, s11); s12 = multiplyAdd(x, b2, s12); s13 = multiplyAdd(x, b3, s13); a1 += 4; }
    if (rows > 2) { x = loadSplat(a2); s20 = multiplyAdd(x, b0, s20); s21 = multiplyAdd(x, b1, s21); s22 = multiplyAdd(x, b2, s22); s23 = multiplyAdd(x, b3, s23); a2 += 4; }
    if (rows > 3) { x = loadSplat(a3); s30 = multiplyAdd(x, b0, s30); s31 = multiplyAdd(x, b1, s31); s32 = multiplyAdd(x, b2, s32); s33 = multiplyAdd(x, b3, s33); a3 += 4; }
    if (rows > 4) { x = loadSplat(a4); s40 = multiplyAdd(x, b0, s40); s41 = multiplyAdd(x, b1, s41); s42 = multiplyAdd(x, b2, s42); s43 = multiplyAdd(x, b3, s43); a4 += 4; }
    if (rows > 5) { x = loadSplat(a5); s50 = multiplyAdd(x, b0, s50); s51 = multiplyAdd(x, b1, s51); s52 = multiplyAdd(x, b2, s52); s53 = multiplyAdd(x, b3, s53); a5 += 4; }
    a0 += 4;
    left += strideB;
    right += strideB;
  }
  const c1 = c + strideC, c2 = c1 + strideC, c3 = c2 + strideC, c4 = c3 + strideC, c5 = c4 + strideC;
  storeRow(c, s00, s01, s02, s03);
  if (rows > 1) storeRow(c1, s10, s11, s12, s13);
  if (rows > 2) storeRow(c2, s20, s21, s22, s23);
  if (rows > 3) storeRow(c3, s30, s31, s32, s33);
  if (rows > 4) storeRow(c4, s40, s41, s42, s43);
  if (rows > 5) storeRow(c5, s50, s51, s52, s53);
}

// Exported, so that each stays a function of its own and its loop is compiled by itself.
export function wideTile1(k: i32, a: usize, sa: usize, b: usize, st: usize, sb: usize, c: usize, sc: usize, fresh: bool): void { tile(1, k, a, sa, b, st, sb, c, sc, fresh); }
export function wideTile2(k: i32, a: usize, sa: usize, b: usize, st: usize, sb: usize, c: usize, sc: usize, fresh: bool): void { tile(2, k, a, sa, b, st, sb, c, sc, fresh); }
export function wideTile3(k: i32, a: usize, sa: usize, b: usize, st: usize, sb: usize, c: usize, sc: usize, fresh: bool): void { tile(3, k, a, sa, b, st, sb, c, sc, fresh); }
export function wideTile4(k: i32, a: usize, sa: usize, b: usize, st: usize, sb: usize, c: usize, sc: usize, fresh: bool): void { tile(4, k, a, sa, b, st, sb, c, sc, fresh); }
export function wideTile5(k: i32, a: usize, sa: usize, b: usize, st: usize, sb: usize, c: usize, sc: usize, fresh: bool): void { tile(5, k, a, sa, b, st, sb, c, sc, fresh); }
export function wideTile6(k: i32, a: usize, sa: usize, b: usize, st: usize, sb: usize, c: usize, sc: usize, fresh: bool): void { tile(6, k, a, sa, b, st, sb, c, sc, fresh); }
export function wideRowTile1(k: i32, a: usize, sa: usize, b: usize, st: usize, sb: usize, c: usize, sc: usize, fresh: bool): void { rowTile(1, k, a, sa, b, st, sb, c, sc, fresh); }
export function wideRowTile2(k: i32, a: usize, sa: usize, b: usize, st: usize, sb: usize, c: usize, sc: usize, fresh: bool): void { rowTile(2, k, a, sa, b, st, sb, c, sc, fresh); }
export function wideRowTile3(k: i32, a: usize, sa: usize, b: usize, st: usize, sb: usize, c: usize, sc: usize, fresh: bool): void { rowTile(3, k, a, sa, b, st, sb, c, sc, fresh); }
export function wideRowTile4(k: i32, a: usize, sa: usize, b: usize, st: usize, sb: usize, c: usize, sc: usize, fresh: bool): void { rowTile(4, k, a, sa, b, st, sb, c, sc, fresh); }
export function wideRowTile5(k: i32, a: usize, sa: usize, b: usize, st: usize, sb: usize, c: usize, sc: usize, fresh: bool): void { rowTile(5, k, a, sa, b, st, sb, c, sc, fresh); }
export function wideRowTile6(k: i32, a: usize, sa: usize, b: usize, st: usize, sb: usize, c: usize, sc: usize, fresh: bool): void { rowTile(6, k, a, sa, b, st, sb, c, sc, fresh); }

/** Multiplies `rows` rows of A with two panels of B. `inRows`: A is read row after row. */
// @ts-ignore: decorator
@inline
export function runWideTile(
  inRows: bool, rows: i32, k: i32,
  a: usize, strideA: usize, panel: usize, panelStep: usize, strideB: usize, c: usize, strideC: usize, fresh: bool,
): void {
  if (inRows) {
    switch (rows) {
      case 6: wideRowTile6(k, a, strideA, panel, panelStep, strideB, c, strideC, fresh); break;
      case 5: wideRowTile5(k, a, strideA, panel, panelStep, strideB, c, strideC, fresh); break;
      case 4: wideRowTile4(k, a, strideA, panel, panelStep, strideB, c, strideC, fresh); break;
      case 3: wideRowTile3(k, a, strideA, panel, panelStep, strideB, c, strideC, fresh); break;
      case 2: wideRowTile2(k, a, strideA, panel, panelStep, strideB, c, strideC, fresh); break;
      default: wideRowTile1(k, a, strideA, panel, panelStep, strideB, c, strideC, fresh);
    }
    return;
  }
  switch (rows) {
    case 6: wideTile6(k, a, strideA, panel, panelStep, strideB, c, strideC, fresh); break;
    case 5: wideTile5(k, a, strideA, panel, panelStep, strideB, c, strideC, fresh); break;
    case 4: wideTile4(k, a, strideA, panel, panelStep, strideB, c, strideC, fresh); break;
    case 3: wideTile3(k, a, strideA, panel, panelStep, strideB, c, strideC, fresh); break;
    case 2: wideTile2(k, a, strideA, panel, panelStep, strideB, c, strideC, fresh); break;
    default: wideTile1(k, a, strideA, panel, panelStep, strideB, c, strideC, fresh);
  }
}
