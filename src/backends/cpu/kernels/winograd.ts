// Convolutions of 3 x 3 with stride 1, by Winograd's minimal filtering F(4 x 4, 3 x 3) (Lavin and Gray, 2016): a tile of 4 x 4
// outputs costs 36 multiplications per channel pair in place of 144. With the transforms B (input), G (filter) and A (output)
//   V = Bt x B,  U = G g Gt,  M = V U (36 matrix products over all tiles),  y = At M A.
// The gradients are the adjoints: dM = A dy At feeds both dU = Vt dM with dg = Gt dU G, and dV = dM Ut with dx = B dV Bt.
//
// Channels lie in the lanes, so that no transform shuffles. V and M lie as blocks of a few images, each [36][images][tiles][channels]:
// `position` bytes from one of the 36 to the next, `image` bytes from one image's tiles to the next.

import { gemm } from './gemm';
import { operand, word } from './operand';
import { joinsVectors, loadSplat, multiplyAdd, splat, storePair } from './simd';

// The one-dimensional transforms read six (four) vectors `from` and write them `to`, each `fromStride` or `toStride` bytes apart.

// The points at which polynomials are evaluated: 0, +-P, +-Q and infinity. With 5/8 and 3/2 rounding errors are a third of those
// with the usual 1 and 2, and all factors but the filter's are exact in float32.
const P: f32 = 0.625, Q: f32 = 1.5;
const P2: f32 = P * P, Q2: f32 = Q * Q, P3: f32 = P * P2, Q3: f32 = Q * Q2;
const PRODUCT: f32 = P2 * Q2, SUM: f32 = P2 + Q2;
const SCALE_P: f32 = 1 / (2 * P2 * (P2 - Q2)), SCALE_Q: f32 = 1 / (2 * Q2 * (Q2 - P2));

// Those of tiles take one vector of channels, or with `pair` two that lie side by side, which engines may join to one (see
// `wide-tiles.ts`). `pair` is a constant wherever they are inlined. Two at a time would need more registers than there are of 128 bits.

/** P, Q, their squares and cubes, and the other factors. */
const FACTORS = memory.data<f32>([P, Q, P2, Q2, P3, Q3, PRODUCT, -P, -Q, -P2, -Q2, -SUM, -P * Q2, -Q * P2]);

/** A factor in all lanes. Joined vectors read it from memory: as a constant it would be made anew every time, from many parts. */
// @ts-ignore: decorator
@inline
function factor(value: f32, place: usize, pair: bool): v128 {
  return pair ? loadSplat(FACTORS + (place << 2)) : splat(value);
}

/** The second vector of a pair. */
// @ts-ignore: decorator
@inline
function upper(address: usize, pair: bool): v128 {
  return pair ? v128.load(address, 16) : splat(0);
}

// @ts-ignore: decorator
@inline
function put(to: usize, value: v128, second: v128, pair: bool): void {
  if (pair) storePair(to, value, second);
  else v128.store(to, value);
}

/** Adds to what lies there. */
// @ts-ignore: decorator
@inline
function addTo(to: usize, value: v128, second: v128, pair: bool): void {
  put(to, f32x4.add(v128.load(to), value), f32x4.add(upper(to, pair), second), pair);
}

// @ts-ignore: decorator
@inline
function inputTransform(from: usize, fs: usize, to: usize, ts: usize, pair: bool): void {
  transformSix(from, from + fs, from + 2 * fs, from + 3 * fs, from + 4 * fs, from + 5 * fs, to, ts, pair);
}

/** The same, of six vectors anywhere. */
// @ts-ignore: decorator
@inline
function transformSix(a0: usize, a1: usize, a2: usize, a3: usize, a4: usize, a5: usize, to: usize, ts: usize, pair: bool): void {
  const d0 = v128.load(a0), d1 = v128.load(a1), d2 = v128.load(a2), d3 = v128.load(a3), d4 = v128.load(a4), d5 = v128.load(a5);
  const e0 = upper(a0, pair), e1 = upper(a1, pair), e2 = upper(a2, pair), e3 = upper(a3, pair), e4 = upper(a4, pair), e5 = upper(a5, pair);
  const p = factor(P, 0, pair), q = factor(Q, 1, pair), minusP = factor(-P, 7, pair), minusQ = factor(-Q, 8, pair);
  const minusP2 = factor(-P2, 9, pair), minusQ2 = factor(-Q2, 10, pair), product = factor(PRODUCT, 6, pair), minusSum = factor(-SUM, 11, pair);
  const evenP = multiplyAdd(minusQ2, d2, d4), oddP = multiplyAdd(minusQ2, d1, d3);
  const evenQ = multiplyAdd(minusP2, d2, d4), oddQ = multiplyAdd(minusP2, d1, d3);
  const evenP2 = multiplyAdd(minusQ2, e2, e4), oddP2 = multiplyAdd(minusQ2, e1, e3);
  const evenQ2 = multiplyAdd(minusP2, e2, e4), oddQ2 = multiplyAdd(minusP2, e1, e3);
  put(to, multiplyAdd(product, d0, multiplyAdd(minusSum, d2, d4)), multiplyAdd(product, e0, multiplyAdd(minusSum, e2, e4)), pair);
  put(to + ts, multiplyAdd(p, oddP, evenP), multiplyAdd(p, oddP2, evenP2), pair);
  put(to + 2 * ts, multiplyAdd(minusP, oddP, evenP), multiplyAdd(minusP, oddP2, evenP2), pair);
  put(to + 3 * ts, multiplyAdd(q, oddQ, evenQ), multiplyAdd(q, oddQ2, evenQ2), pair);
  put(to + 4 * ts, multiplyAdd(minusQ, oddQ, evenQ), multiplyAdd(minusQ, oddQ2, evenQ2), pair);
  put(to + 5 * ts, multiplyAdd(product, d1, multiplyAdd(minusSum, d3, d5)), multiplyAdd(product, e1, multiplyAdd(minusSum, e3, e5)), pair);
}

/** x and y times two of the factors, added up. */
// @ts-ignore: decorator
@inline
function combine(a: v128, x: v128, b: v128, y: v128): v128 {
  return multiplyAdd(a, x, f32x4.mul(b, y));
}

/** `add`: to what lies there. */
// @ts-ignore: decorator
@inline
function inputAdjoint(from: usize, fs: usize, to: usize, ts: usize, add: bool, pair: bool): void {
  const a1 = from + fs, a2 = a1 + fs, a3 = a2 + fs, a4 = a3 + fs, a5 = a4 + fs;
  const v0 = v128.load(from), v1 = v128.load(a1), v2 = v128.load(a2), v3 = v128.load(a3), v4 = v128.load(a4), v5 = v128.load(a5);
  const w0 = upper(from, pair), w1 = upper(a1, pair), w2 = upper(a2, pair), w3 = upper(a3, pair), w4 = upper(a4, pair), w5 = upper(a5, pair);
  const p = factor(P, 0, pair), q = factor(Q, 1, pair), minusP2 = factor(-P2, 9, pair), minusQ2 = factor(-Q2, 10, pair);
  const minusPQ2 = factor(-P * Q2, 12, pair), minusQP2 = factor(-Q * P2, 13, pair);
  const product = factor(PRODUCT, 6, pair), minusSum = factor(-SUM, 11, pair);
  const sumP = f32x4.add(v1, v2), differenceP = f32x4.sub(v1, v2), sumQ = f32x4.add(v3, v4), differenceQ = f32x4.sub(v3, v4);
  const sumP2 = f32x4.add(w1, w2), differenceP2 = f32x4.sub(w1, w2), sumQ2 = f32x4.add(w3, w4), differenceQ2 = f32x4.sub(w3, w4);
  const odd = combine(minusPQ2, differenceP, minusQP2, differenceQ), odd2 = combine(minusPQ2, differenceP2, minusQP2, differenceQ2);
  const even = combine(minusQ2, sumP, minusP2, sumQ), even2 = combine(minusQ2, sumP2, minusP2, sumQ2);
  const third = multiplyAdd(minusSum, v5, combine(p, differenceP, q, differenceQ));
  const third2 = multiplyAdd(minusSum, w5, combine(p, differenceP2, q, differenceQ2));
  if (add) {
    addTo(to, f32x4.mul(product, v0), f32x4.mul(product, w0), pair);
    addTo(to + ts, multiplyAdd(product, v5, odd), multiplyAdd(product, w5, odd2), pair);
    addTo(to + 2 * ts, multiplyAdd(minusSum, v0, even), multiplyAdd(minusSum, w0, even2), pair);
    addTo(to + 3 * ts, third, third2, pair);
    addTo(to + 4 * ts, f32x4.add(v0, f32x4.add(sumP, sumQ)), f32x4.add(w0, f32x4.add(sumP2, sumQ2)), pair);
    addTo(to + 5 * ts, v5, w5, pair);
  } else {
    put(to, f32x4.mul(product, v0), f32x4.mul(product, w0), pair);
    put(to + ts, multiplyAdd(product, v5, odd), multiplyAdd(product, w5, odd2), pair);
    put(to + 2 * ts, multiplyAdd(minusSum, v0, even), multiplyAdd(minusSum, w0, even2), pair);
    put(to + 3 * ts, third, third2, pair);
    put(to + 4 * ts, f32x4.add(v0, f32x4.add(sumP, sumQ)), f32x4.add(w0, f32x4.add(sumP2, sumQ2)), pair);
    put(to + 5 * ts, v5, w5, pair);
  }
}

// @ts-ignore: decorator
@inline
function outputTransform(from: usize, fs: usize, to: usize, ts: usize, pair: bool): void {
  const a1 = from + fs, a2 = a1 + fs, a3 = a2 + fs, a4 = a3 + fs, a5 = a4 + fs;
  const m0 = v128.load(from), m1 = v128.load(a1), m2 = v128.load(a2), m3 = v128.load(a3), m4 = v128.load(a4), m5 = v128.load(a5);
  const n0 = upper(from, pair), n1 = upper(a1, pair), n2 = upper(a2, pair), n3 = upper(a3, pair), n4 = upper(a4, pair), n5 = upper(a5, pair);
  const p = factor(P, 0, pair), q = factor(Q, 1, pair), p2 = factor(P2, 2, pair), q2 = factor(Q2, 3, pair), p3 = factor(P3, 4, pair), q3 = factor(Q3, 5, pair);
  const sumP = f32x4.add(m1, m2), differenceP = f32x4.sub(m1, m2), sumQ = f32x4.add(m3, m4), differenceQ = f32x4.sub(m3, m4);
  const sumP2 = f32x4.add(n1, n2), differenceP2 = f32x4.sub(n1, n2), sumQ2 = f32x4.add(n3, n4), differenceQ2 = f32x4.sub(n3, n4);
  put(to, f32x4.add(m0, f32x4.add(sumP, sumQ)), f32x4.add(n0, f32x4.add(sumP2, sumQ2)), pair);
  put(to + ts, combine(p, differenceP, q, differenceQ), combine(p, differenceP2, q, differenceQ2), pair);
  put(to + 2 * ts, combine(p2, sumP, q2, sumQ), combine(p2, sumP2, q2, sumQ2), pair);
  const last = multiplyAdd(p3, differenceP, multiplyAdd(q3, differenceQ, m5));
  put(to + 3 * ts, last, multiplyAdd(p3, differenceP2, multiplyAdd(q3, differenceQ2, n5)), pair);
}

// @ts-ignore: decorator
@inline
function outputAdjoint(from: usize, fs: usize, to: usize, ts: usize, pair: bool): void {
  const a1 = from + fs, a2 = a1 + fs, a3 = a2 + fs;
  const y0 = v128.load(from), y1 = v128.load(a1), y2 = v128.load(a2), y3 = v128.load(a3);
  const z0 = upper(from, pair), z1 = upper(a1, pair), z2 = upper(a2, pair), z3 = upper(a3, pair);
  const p = factor(P, 0, pair), q = factor(Q, 1, pair), p2 = factor(P2, 2, pair), q2 = factor(Q2, 3, pair), p3 = factor(P3, 4, pair), q3 = factor(Q3, 5, pair);
  const evenP = multiplyAdd(p2, y2, y0), oddP = combine(p3, y3, p, y1), evenQ = multiplyAdd(q2, y2, y0), oddQ = combine(q3, y3, q, y1);
  const evenP2 = multiplyAdd(p2, z2, z0), oddP2 = combine(p3, z3, p, z1), evenQ2 = multiplyAdd(q2, z2, z0), oddQ2 = combine(q3, z3, q, z1);
  put(to, y0, z0, pair);
  put(to + ts, f32x4.add(evenP, oddP), f32x4.add(evenP2, oddP2), pair);
  put(to + 2 * ts, f32x4.sub(evenP, oddP), f32x4.sub(evenP2, oddP2), pair);
  put(to + 3 * ts, f32x4.add(evenQ, oddQ), f32x4.add(evenQ2, oddQ2), pair);
  put(to + 4 * ts, f32x4.sub(evenQ, oddQ), f32x4.sub(evenQ2, oddQ2), pair);
  put(to + 5 * ts, y3, z3, pair);
}

/** Six vectors from three: a column of G. */
// @ts-ignore: decorator
@inline
function filterTransform(from: usize, fs: usize, to: usize, ts: usize): void {
  const g0 = v128.load(from), g1 = v128.load(from + fs), g2 = v128.load(from + 2 * fs);
  const evenP = f32x4.mul(splat(SCALE_P), multiplyAdd(splat(P2), g2, g0)), oddP = f32x4.mul(splat(SCALE_P * P), g1);
  const evenQ = f32x4.mul(splat(SCALE_Q), multiplyAdd(splat(Q2), g2, g0)), oddQ = f32x4.mul(splat(SCALE_Q * Q), g1);
  v128.store(to, f32x4.mul(splat(1 / PRODUCT), g0));
  v128.store(to + ts, f32x4.add(evenP, oddP));
  v128.store(to + 2 * ts, f32x4.sub(evenP, oddP));
  v128.store(to + 3 * ts, f32x4.add(evenQ, oddQ));
  v128.store(to + 4 * ts, f32x4.sub(evenQ, oddQ));
  v128.store(to + 5 * ts, g2);
}

/** Three vectors from six: the adjoint of G. */
// @ts-ignore: decorator
@inline
function filterAdjoint(from: usize, fs: usize, to: usize, ts: usize): void {
  const u0 = v128.load(from), u1 = v128.load(from + fs), u2 = v128.load(from + 2 * fs);
  const u3 = v128.load(from + 3 * fs), u4 = v128.load(from + 4 * fs), u5 = v128.load(from + 5 * fs);
  const sumP = f32x4.mul(splat(SCALE_P), f32x4.add(u1, u2)), differenceP = f32x4.mul(splat(SCALE_P * P), f32x4.sub(u1, u2));
  const sumQ = f32x4.mul(splat(SCALE_Q), f32x4.add(u3, u4)), differenceQ = f32x4.mul(splat(SCALE_Q * Q), f32x4.sub(u3, u4));
  v128.store(to, multiplyAdd(splat(1 / PRODUCT), u0, f32x4.add(sumP, sumQ)));
  v128.store(to + ts, f32x4.add(differenceP, differenceQ));
  v128.store(to + 2 * ts, multiplyAdd(splat(P2), sumP, multiplyAdd(splat(Q2), sumQ, u5)));
}

// Parameters of the four tile transforms: 0 image operand (x or y side), 2 tile operand (V or M side), then
// 4 height, 5 width, 6 channels, 7 tile rows, 8 tile columns, 9 position bytes, 10 image bytes, 11 first row, 12 first column, 13 images
// of a block.
// (The first tile starts at row -padding of the input, at row 0 of the output.)

/** Where the tiles of image n begin. */
// @ts-ignore: decorator
@inline
function tilesOf(tiles: usize, n: i32, p: usize): usize {
  const block = word(p, 13);
  return tiles + <usize>(n / block) * 36 * <usize>word(p, 9) + <usize>(n % block) * <usize>word(p, 10);
}

/** Copies `bytes` bytes of `size` x `size` pixels into a dense patch, zeros where they lie outside. */
function gather(image: usize, height: i32, width: i32, pixel: usize, top: i32, left: i32, size: i32, to: usize, bytes: usize): void {
  for (let i: i32 = 0; i < size; i++) {
    const y = top + i;
    for (let j: i32 = 0; j < size; j++) {
      const x = left + j;
      const inside = y >= 0 && y < height && x >= 0 && x < width;
      const from = image + <usize>(y * width + x) * pixel;
      for (let b: usize = 0; b < bytes; b += 16) v128.store(to + b, inside ? v128.load(from + b) : splat(0));
      to += bytes;
    }
  }
}

// Neighbouring tiles of the input share two columns of pixels, so the transform along columns is done once for a whole stretch of a
// tile row: `[pixels of a row][6][up to 16 channels]`, small enough for the first-level cache. What lies outside the image is 0.

/** Tiles of a stretch. */
const STRETCH: i32 = 8;
/** Bytes of channels that are transformed together, and of the six of them that a column of pixels becomes. */
const CHANNELS: usize = 64, COLUMN: usize = 6 * CHANNELS;
const STRETCH_BYTES: usize = (4 * STRETCH + 2) * COLUMN;

/** The transform along `count` columns of pixels, rows from `y` and columns from `first` on. `zeros`: CHANNELS bytes of them. */
function transformDown(
  image: usize, height: i32, width: i32, pixel: usize, bytes: usize, y: i32, first: i32, count: i32, to: usize, zeros: usize,
): void {
  const line = <usize>width * pixel, whole = y >= 0 && y + 6 <= height, joins = joinsVectors();
  for (let x = first; x < first + count; x++) {
    const from = image + <usize>(y * width + x) * pixel;
    if (x < 0 || x >= width) memory.fill(to, 0, COLUMN);
    else if (whole) {
      let b: usize = 0;
      if (joins) for (; b + 32 <= bytes; b += 32) inputTransform(from + b, line, to + b, CHANNELS, true);
      for (; b < bytes; b += 16) inputTransform(from + b, line, to + b, CHANNELS, false);
    } else {
      const a0 = y >= 0 && y < height ? from : zeros, a1 = y >= -1 && y < height - 1 ? from + line : zeros;
      const a2 = y >= -2 && y < height - 2 ? from + 2 * line : zeros, a3 = y >= -3 && y < height - 3 ? from + 3 * line : zeros;
      const a4 = y >= -4 && y < height - 4 ? from + 4 * line : zeros, a5 = y >= -5 && y < height - 5 ? from + 5 * line : zeros;
      for (let b: usize = 0; b < bytes; b += 16) transformSix(a0 + b, a1 + b, a2 + b, a3 + b, a4 + b, a5 + b, to + b, CHANNELS, false);
    }
    to += COLUMN;
  }
}

/** V from x. */
export function winogradInput(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const x = operand(p, 0, from, local), v = operand(p, 2, from, local);
  const height = word(p, 4), width = word(p, 5), channels = word(p, 6), rows = word(p, 7), columns = word(p, 8);
  const position = <usize>word(p, 9), top = word(p, 11), left = word(p, 12);
  const pixel = <usize>channels << 2, line = <usize>width * pixel;
  const half = scratch, zeros = scratch + STRETCH_BYTES, joins = joinsVectors();
  memory.fill(zeros, 0, CHANNELS);
  for (let n = from; n < to; n++) {
    const image = x + <usize>n * <usize>height * line;
    let tiles = tilesOf(v, n, p);
    for (let r: i32 = 0; r < rows; r++) {
      for (let c: i32 = 0; c < columns; c += STRETCH) {
        const count = min(STRETCH, columns - c);
        for (let channel: usize = 0; channel < pixel; channel += CHANNELS) {
          const bytes = min(CHANNELS, pixel - channel);
          transformDown(image + channel, height, width, pixel, bytes, 4 * r + top, 4 * c + left, 4 * count + 2, half, zeros);
          let tile = tiles + channel, columnsOfTile = half;
          for (let i: i32 = 0; i < count; i++) {
            for (let row: usize = 0; row < 6; row++) {
              const target = tile + 6 * row * position, source = columnsOfTile + row * CHANNELS;
              let b: usize = 0;
              if (joins) for (; b + 32 <= bytes; b += 32) inputTransform(source + b, COLUMN, target + b, position, true);
              for (; b < bytes; b += 16) inputTransform(source + b, COLUMN, target + b, position, false);
            }
            tile += pixel;
            columnsOfTile += 4 * COLUMN;
          }
        }
        tiles += <usize>count * pixel;
      }
    }
  }
}

/** Adds one tile of dV to dx, where the rows [i0, i1) and the columns [j0, j1) of its pixels lie in the image. */
// @ts-ignore: decorator
@inline
function tileOfInput(tile: usize, position: usize, corner: usize, pixel: usize, line: usize, i0: i32, i1: i32, j0: i32, j1: i32, half: usize, patch: usize, pair: bool): void {
  const width: usize = pair ? 32 : 16;
  for (let i: usize = 0; i < 6; i++) inputAdjoint(tile + 6 * i * position, position, half + i * 6 * width, width, false, pair);
  if (i1 - i0 == 6 && j1 - j0 == 6) {
    for (let j: usize = 0; j < 6; j++) inputAdjoint(half + j * width, 6 * width, corner + j * pixel, line, true, pair);
    return;
  }
  for (let j: usize = 0; j < 6; j++) inputAdjoint(half + j * width, 6 * width, patch + j * width, 6 * width, false, pair);
  for (let i = i0; i < i1; i++) {
    let target = corner + <usize>i * line + <usize>j0 * pixel;
    for (let j = j0; j < j1; j++) {
      const from = patch + <usize>(6 * i + j) * width;
      addTo(target, v128.load(from), upper(from, pair), pair);
      target += pixel;
    }
  }
}

/** dx from dV. Tiles overlap by two pixels, so dx is summed tile by tile in a fixed order. */
export function winogradInputAdjoint(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const dx = operand(p, 0, from, local), dv = operand(p, 2, from, local);
  const height = word(p, 4), width = word(p, 5), channels = word(p, 6), rows = word(p, 7), columns = word(p, 8);
  const position = <usize>word(p, 9), top = word(p, 11), left = word(p, 12);
  const pixel = <usize>channels << 2, line = <usize>width * pixel;
  const half = scratch, patch = scratch + 36 * 32, joins = joinsVectors();
  for (let n = from; n < to; n++) {
    const image = dx + <usize>n * <usize>height * line;
    memory.fill(image, 0, <usize>height * line);
    let tile = tilesOf(dv, n, p);
    for (let r: i32 = 0; r < rows; r++) {
      const y = 4 * r + top;
      const i0 = max(0, -y), i1 = min(6, height - y);
      for (let c: i32 = 0; c < columns; c++) {
        const column = 4 * c + left;
        const j0 = max(0, -column), j1 = min(6, width - column);
        const corner = image + <usize>(y * width + column) * pixel;
        let channel: usize = 0;
        if (joins) for (; channel + 32 <= pixel; channel += 32) tileOfInput(tile + channel, position, corner + channel, pixel, line, i0, i1, j0, j1, half, patch, true);
        for (; channel < pixel; channel += 16) tileOfInput(tile + channel, position, corner + channel, pixel, line, i0, i1, j0, j1, half, patch, false);
        tile += pixel;
      }
    }
  }
}

/** One tile of y, of which `rows` rows and `columns` columns lie in the image. */
// @ts-ignore: decorator
@inline
function tileOfOutput(tile: usize, position: usize, corner: usize, pixel: usize, line: usize, rows: i32, columns: i32, half: usize, patch: usize, pair: bool): void {
  const width: usize = pair ? 32 : 16;
  for (let i: usize = 0; i < 6; i++) outputTransform(tile + 6 * i * position, position, half + i * 4 * width, width, pair);
  if (rows == 4 && columns == 4) {
    for (let j: usize = 0; j < 4; j++) outputTransform(half + j * width, 4 * width, corner + j * pixel, line, pair);
    return;
  }
  for (let j: usize = 0; j < 4; j++) outputTransform(half + j * width, 4 * width, patch + j * width, 4 * width, pair);
  for (let i: i32 = 0; i < rows; i++) {
    for (let j: i32 = 0; j < columns; j++) {
      const from = patch + <usize>(4 * i + j) * width;
      put(corner + <usize>i * line + <usize>j * pixel, v128.load(from), upper(from, pair), pair);
    }
  }
}

/** y from M. */
export function winogradOutput(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const y = operand(p, 0, from, local), m = operand(p, 2, from, local);
  const height = word(p, 4), width = word(p, 5), channels = word(p, 6), rows = word(p, 7), columns = word(p, 8);
  const position = <usize>word(p, 9);
  const pixel = <usize>channels << 2, line = <usize>width * pixel;
  const half = scratch, patch = scratch + 36 * 32, joins = joinsVectors();
  for (let n = from; n < to; n++) {
    const image = y + <usize>n * <usize>height * line;
    let tile = tilesOf(m, n, p);
    for (let r: i32 = 0; r < rows; r++) {
      const i1 = min(4, height - 4 * r);
      for (let c: i32 = 0; c < columns; c++) {
        const j1 = min(4, width - 4 * c);
        const corner = image + <usize>(4 * r * width + 4 * c) * pixel;
        let channel: usize = 0;
        if (joins) for (; channel + 32 <= pixel; channel += 32) tileOfOutput(tile + channel, position, corner + channel, pixel, line, i1, j1, half, patch, true);
        for (; channel < pixel; channel += 16) tileOfOutput(tile + channel, position, corner + channel, pixel, line, i1, j1, half, patch, false);
        tile += pixel;
      }
    }
  }
}

/** One tile of dM, from where it lies in the image if it is inside, else from a dense patch. */
// @ts-ignore: decorator
@inline
function tileOfGradient(inside: bool, corner: usize, pixel: usize, line: usize, patch: usize, half: usize, tile: usize, position: usize, pair: bool): void {
  const width: usize = pair ? 32 : 16;
  if (inside) for (let j: usize = 0; j < 4; j++) outputAdjoint(corner + j * pixel, line, half + j * width, 4 * width, pair);
  else for (let j: usize = 0; j < 4; j++) outputAdjoint(patch + j * width, 4 * width, half + j * width, 4 * width, pair);
  for (let i: usize = 0; i < 6; i++) outputAdjoint(half + i * 4 * width, width, tile + 6 * i * position, position, pair);
}

/** dM from dy. */
export function winogradOutputAdjoint(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const dy = operand(p, 0, from, local), dm = operand(p, 2, from, local);
  const height = word(p, 4), width = word(p, 5), channels = word(p, 6), rows = word(p, 7), columns = word(p, 8);
  const position = <usize>word(p, 9);
  const pixel = <usize>channels << 2, line = <usize>width * pixel;
  const half = scratch, patch = scratch + 36 * 32, joins = joinsVectors();
  for (let n = from; n < to; n++) {
    const image = dy + <usize>n * <usize>height * line;
    let tile = tilesOf(dm, n, p);
    for (let r: i32 = 0; r < rows; r++) {
      for (let c: i32 = 0; c < columns; c++) {
        const inside = 4 * r + 4 <= height && 4 * c + 4 <= width;
        const corner = image + <usize>(4 * r * width + 4 * c) * pixel;
        let channel: usize = 0;
        if (joins) {
          for (; channel + 32 <= pixel; channel += 32) {
            if (!inside) gather(image + channel, height, width, pixel, 4 * r, 4 * c, 4, patch, 32);
            tileOfGradient(inside, corner + channel, pixel, line, patch, half, tile + channel, position, true);
          }
        }
        for (; channel < pixel; channel += 16) {
          if (!inside) gather(image + channel, height, width, pixel, 4 * r, 4 * c, 4, patch, 16);
          tileOfGradient(inside, corner + channel, pixel, line, patch, half, tile + channel, position, false);
        }
        tile += pixel;
      }
    }
  }
}

/**
 * M = V U, or dV = dM Ut with the transposed filter, for the tiles of images [from, to).
 * 0 left operand, 2 filter operand [36][k][n], 4 output operand; 6 tiles per image, 7 k, 8 n, 9 and 10 position bytes of the left and
 * the output, 11 images of a block.
 */
export function winogradMultiply(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const filter = operand(p, 2, from, local);
  const k = word(p, 7), n = word(p, 8), block = word(p, 11);
  const leftPosition = <usize>word(p, 9), outputPosition = <usize>word(p, 10);
  for (let first = from; first < to; first += block) {
    const tiles = word(p, 6) * min(block, to - first), before = <usize>(first / block) * 36;
    const left = operand(p, 0, from, local) + before * leftPosition, output = operand(p, 4, from, local) + before * outputPosition;
    for (let position: usize = 0; position < 36; position++) {
      gemm(
        tiles, n, k,
        left + position * leftPosition, <usize>k << 2, false,
        filter + position * <usize>(k * n) * 4, <usize>n << 2, false, false,
        output + position * outputPosition, <usize>n << 2, true,
        scratch,
      );
    }
  }
}

/**
 * dU = Vt dM, summed over the tiles of each part of the batch. 0 V operand, 2 dM operand, 4 output operand
 * [parts][36][channels][filters]; 6 tiles per image, 7 channels, 8 filters, 9 and 10 position bytes of V and dM, 11 images of a block,
 * 12 images of a part. A part's blocks come one after the other, the first one starting the sum.
 */
export function winogradFilterProduct(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const channels = word(p, 7), filters = word(p, 8), block = word(p, 11), part = word(p, 12);
  const vPosition = <usize>word(p, 9), dmPosition = <usize>word(p, 10), matrix = <usize>(channels * filters) * 4;
  for (let first = from; first < to; first += block) {
    const before = <usize>(first / block) * 36;
    const v = operand(p, 0, from, local) + before * vPosition, dm = operand(p, 2, from, local) + before * dmPosition;
    const output = operand(p, 4, from, local) + <usize>(first / part) * 36 * matrix;
    for (let position: usize = 0; position < 36; position++) {
      gemm(
        channels, filters, word(p, 6) * min(block, to - first),
        v + position * vPosition, <usize>channels << 2, true,
        dm + position * dmPosition, <usize>filters << 2, false, false,
        output + position * matrix, <usize>filters << 2, first % part == 0,
        scratch,
      );
    }
  }
}

/**
 * U from g `[3][3][channels][filters]`; a unit is a channel. 0 filter operand, 2 output operand; 4 channels, 5 filters, 6 whether
 * the output is [36][filters][channels] in place of [36][channels][filters].
 */
export function winogradFilter(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const g = operand(p, 0, from, local), u = operand(p, 2, from, local);
  const channels = word(p, 4), filters = word(p, 5), transposed = word(p, 6) != 0;
  const tap = <usize>(channels * filters) * 4;
  const half = scratch, whole = scratch + 18 * 16;
  for (let channel = from; channel < to; channel++) {
    for (let f: i32 = 0; f < filters; f += 4) {
      const offset = <usize>(channel * filters + f) << 2;
      for (let j: usize = 0; j < 3; j++) filterTransform(g + offset + j * tap, 3 * tap, half + (j << 4), 48);
      if (!transposed) {
        for (let i: usize = 0; i < 6; i++) filterTransform(half + i * 48, 16, u + offset + 6 * i * tap, tap);
        continue;
      }
      for (let i: usize = 0; i < 6; i++) filterTransform(half + i * 48, 16, whole + i * 96, 16);
      for (let position: usize = 0; position < 36; position++) {
        for (let lane: i32 = 0; lane < 4; lane++) {
          const to = u + position * tap + (<usize>((f + lane) * channels + channel) << 2);
          f32.store(to, f32.load(whole + (position << 4) + (lane << 2)));
        }
      }
    }
  }
}

/**
 * dg from the sum of dU over its parts; a unit is a few channels. 0 dU operand, 2 output operand; 4 channels, 5 filters, 6 parts,
 * 7 channels of a unit.
 */
export function winogradFilterAdjoint(p: usize, from: i32, to: i32, local: usize, scratch: usize): void {
  const du = operand(p, 0, from, local), dg = operand(p, 2, from, local);
  const channels = word(p, 4), filters = word(p, 5), parts = word(p, 6), each = word(p, 7);
  const tap = <usize>(channels * filters) * 4;
  const half = scratch, sums = scratch + 18 * 16;
  for (let unit = from; unit < to; unit++) {
    const start = <usize>(unit * each * filters) << 2, bytes = <usize>(min(each, channels - unit * each) * filters) << 2;
    const line = bytes + 64;
    // Long stretches, one after the other: matrices lie powers of two apart and would fight over the same cache sets.
    for (let position: usize = 0; position < 36; position++) {
      sumParts(du + start + position * tap, parts, 36 * tap, bytes, sums + position * line);
    }
    for (let f: usize = 0; f < bytes; f += 16) {
      for (let j: usize = 0; j < 6; j++) filterAdjoint(sums + f + j * line, 6 * line, half + (j << 4), 96);
      for (let i: usize = 0; i < 3; i++) filterAdjoint(half + i * 96, 16, dg + start + f + 3 * i * tap, tap);
    }
  }
}

/** Sums `parts` rows of `bytes` bytes, `stride` bytes apart, in their order. */
function sumParts(from: usize, parts: i32, stride: usize, bytes: usize, to: usize): void {
  for (let j: usize = 0; j < bytes; j += 16) v128.store(to + j, v128.load(from + j));
  for (let part: i32 = 1; part < parts; part++) {
    from += stride;
    for (let j: usize = 0; j < bytes; j += 16) v128.store(to + j, f32x4.add(v128.load(to + j), v128.load(from + j)));
  }
}
