// Elementary functions on vectors of four floats. Written out, because those of the JavaScript engine differ between machines.
// Error bounds are against float64, in units in the last place; a test measures them over a million floats of every size.
//
// Their constants lie in memory: an engine makes a vector constant anew in each turn of a loop, which takes several instructions, and
// reads a number into all lanes in one.

import { loadSplat, multiplyAdd, splat } from './simd';

/** The number at a place of a table, in all lanes. */
// @ts-ignore: decorator
@inline
function at(table: usize, index: usize): v128 {
  return loadSplat(table + (index << 2));
}

// The lesser and the greater of two in one instruction; those that ask both operands for NaN and for the sign of 0 take eight. Where x
// is NaN, so is the result.

// @ts-ignore: decorator
@inline
function atMost(x: v128, bound: v128): v128 {
  return f32x4.pmin(x, bound);
}

// @ts-ignore: decorator
@inline
function atLeast(x: v128, bound: v128): v128 {
  return f32x4.pmax(x, bound);
}

/**
 * Bounds of x; 1 / ln 2; -ln 2 in two parts, the first with enough zero bits that n times it is exact; Cephes' polynomial; 1; 2; and
 * 1.5 * 2^23: what is added to it is rounded to a whole number, which then stands in the lowest bits.
 */
const EXPONENTIAL = memory.data<f32>([
  -104, 89, 1.44269504088896341, -0.693359375, 2.12194440e-4,
  1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1,
  1, 2, 12582912,
]);

/** The nearest whole number to x / ln 2, in the lowest bits. */
// @ts-ignore: decorator
@inline
function wholePart(x: v128): v128 {
  return multiplyAdd(x, at(EXPONENTIAL, 2), at(EXPONENTIAL, 13));
}

/** x less that many times ln 2. */
// @ts-ignore: decorator
@inline
function reduced(x: v128, whole: v128): v128 {
  const n = f32x4.sub(whole, at(EXPONENTIAL, 13));
  return multiplyAdd(n, at(EXPONENTIAL, 4), multiplyAdd(n, at(EXPONENTIAL, 3), x));
}

/** e^r - 1 for |r| <= ln 2 / 2. */
// @ts-ignore: decorator
@inline
function lessOne(r: v128): v128 {
  // By squares, not term by term: the chain of operations that wait for one another is shorter.
  const r2 = f32x4.mul(r, r);
  const p0 = multiplyAdd(at(EXPONENTIAL, 9), r, at(EXPONENTIAL, 10));
  const p2 = multiplyAdd(at(EXPONENTIAL, 7), r, at(EXPONENTIAL, 8));
  const p4 = multiplyAdd(at(EXPONENTIAL, 5), r, at(EXPONENTIAL, 6));
  const p = multiplyAdd(multiplyAdd(p4, r2, p2), r2, p0);
  return multiplyAdd(p, r2, r);
}

/** e^x, within 2 ulp (4 where the result is subnormal): 2^n e^r, where x = n ln 2 + r. */
// @ts-ignore: decorator
@inline
export function exponential(x: v128): v128 {
  const least = at(EXPONENTIAL, 0);
  const bounded = atMost(atLeast(x, least), at(EXPONENTIAL, 1));
  const whole = wholePart(bounded);
  // Multiplied down to 0, as masked scores are, it would be subnormal on the way, which takes four times as long.
  const p = v128.andnot(f32x4.add(lessOne(reduced(bounded, whole)), at(EXPONENTIAL, 11)), f32x4.lt(x, least));
  // 2^n in two factors, so that neither overflows where the product does not. Of `whole`, all but n is shifted out.
  const half = i32x4.shl(i32x4.shr_s(whole, 1), 23);
  const rest = i32x4.sub(i32x4.shl(whole, 23), half);
  return f32x4.mul(f32x4.mul(p, i32x4.add(half, at(EXPONENTIAL, 11))), i32x4.add(rest, at(EXPONENTIAL, 11)));
}

/** The least normal number, 2^23, sqrt(1/2), Cephes' polynomial, ln 2 in two parts. */
const LOGARITHM = memory.data<f32>([
  1.17549435e-38, 8388608, 0.707106781186547524,
  7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1, 2.0000714765e-1,
  -2.4999993993e-1, 3.3333331174e-1,
  -2.12194440e-4, -0.5, 0.693359375, Infinity, -Infinity, NaN,
]);
/** How far exponents are from 0 for normal and for scaled subnormal numbers; the bits of a mantissa, and those of 1/2. */
const LOGARITHM_BITS = memory.data<i32>([126, 149, 0x007fffff, 0x3f000000]);

/** ln x, within 2 ulp; ln 0 = -inf, NaN below 0. Cephes' polynomial on [sqrt(1/2), sqrt(2)). */
// @ts-ignore: decorator
@inline
export function logarithm(x: v128): v128 {
  const one = at(EXPONENTIAL, 11);
  const tiny = f32x4.lt(x, at(LOGARITHM, 0));
  const scaled = v128.bitselect(f32x4.mul(x, at(LOGARITHM, 1)), x, tiny);
  const exponent = i32x4.sub(i32x4.shr_u(scaled, 23), v128.bitselect(at(LOGARITHM_BITS, 1), at(LOGARITHM_BITS, 0), tiny));
  let m = v128.or(v128.and(scaled, at(LOGARITHM_BITS, 2)), at(LOGARITHM_BITS, 3)); // [1/2, 1)
  const low = f32x4.lt(m, at(LOGARITHM, 2));
  const e = f32x4.sub(f32x4.convert_i32x4_s(exponent), v128.and(low, one));
  m = f32x4.sub(f32x4.add(m, v128.and(low, m)), one);
  const z = f32x4.mul(m, m);
  let p = at(LOGARITHM, 3);
  p = multiplyAdd(p, m, at(LOGARITHM, 4));
  p = multiplyAdd(p, m, at(LOGARITHM, 5));
  p = multiplyAdd(p, m, at(LOGARITHM, 6));
  p = multiplyAdd(p, m, at(LOGARITHM, 7));
  p = multiplyAdd(p, m, at(LOGARITHM, 8));
  p = multiplyAdd(p, m, at(LOGARITHM, 9));
  p = multiplyAdd(p, m, at(LOGARITHM, 10));
  p = multiplyAdd(p, m, at(LOGARITHM, 11));
  let y = f32x4.mul(f32x4.mul(p, m), z);
  y = multiplyAdd(e, at(LOGARITHM, 12), y);
  y = multiplyAdd(z, at(LOGARITHM, 13), y);
  let result = multiplyAdd(e, at(LOGARITHM, 14), f32x4.add(m, y));
  const zero = splat(0);
  result = v128.bitselect(at(LOGARITHM, 16), result, f32x4.eq(x, zero));
  result = v128.bitselect(x, result, f32x4.eq(x, at(LOGARITHM, 15)));
  return v128.bitselect(result, at(LOGARITHM, 17), f32x4.ge(x, zero));
}

/** Beyond this |2x| tanh x is 1; the bits of a sign. */
const TANGENT = memory.data<f32>([20, -0.0]);

/** tanh x, within 3 ulp: t / (t + 2), where t = e^2|x| - 1 = 2^n (e^r - 1) + (2^n - 1) loses no digits near 0. */
// @ts-ignore: decorator
@inline
export function hyperbolicTangent(x: v128): v128 {
  const sign = v128.and(x, at(TANGENT, 1));
  const magnitude = v128.xor(x, sign);
  const doubled = atMost(f32x4.add(magnitude, magnitude), at(TANGENT, 0));
  const whole = wholePart(doubled);
  const power = i32x4.add(i32x4.shl(whole, 23), at(EXPONENTIAL, 11));
  const t = multiplyAdd(lessOne(reduced(doubled, whole)), power, f32x4.sub(power, at(EXPONENTIAL, 11)));
  return v128.or(f32x4.div(t, f32x4.add(t, at(EXPONENTIAL, 12))), sign);
}

/** The power of two that belongs to this e^x is 0 where that of a normal number would have no place. */
const LEAST_EXPONENT = memory.data<f32>([-88]);

/**
 * 1 / (1 + e^-x), within 3 ulp; 0 where it would be subnormal. With e = e^-|x| it is 1 / (1 + e), or e / (1 + e)
 * left of 0, where the difference from 1 would lose digits.
 */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  const one = at(EXPONENTIAL, 11);
  const bounded = atLeast(v128.or(x, at(TANGENT, 1)), loadSplat(LEAST_EXPONENT));
  const whole = wholePart(bounded);
  const power = i32x4.add(i32x4.shl(whole, 23), one);
  const e = multiplyAdd(lessOne(reduced(bounded, whole)), power, power);
  return f32x4.div(v128.bitselect(e, one, i32x4.shr_s(x, 31)), f32x4.add(e, one));
}

/** A polynomial in -|x|, of which the constant term comes last, and the least argument: where erf is -1. */
const LOGARITHM_OF_ERFC = memory.data<f32>([
  -9.25626591197215e-6, -1.1764127702917904e-4, -6.328368908725679e-4, -1.66702747810632e-3, -1.603961136424914e-4,
  1.9153064116835594e-2, 1.0277783125638962e-1, -6.366193890571594e-1, 1.2837916612625122e-1, -4,
]);

/**
 * erf x, within 2 ulp: 1 - e^q, where q = ln(1 - erf |x|) = u + u p(u) for u = -|x|. The polynomial p makes erf's largest relative
 * error least, and was fitted by this project to values of 40 digits. As in tanh, e^q - 1 loses no digits near 0.
 */
// @ts-ignore: decorator
@inline
export function errorFunction(x: v128): v128 {
  const sign = at(TANGENT, 1);
  const u = atLeast(v128.or(x, sign), at(LOGARITHM_OF_ERFC, 9));
  const u2 = f32x4.mul(u, u), u4 = f32x4.mul(u2, u2);
  const p0 = multiplyAdd(at(LOGARITHM_OF_ERFC, 7), u, at(LOGARITHM_OF_ERFC, 8));
  const p2 = multiplyAdd(at(LOGARITHM_OF_ERFC, 5), u, at(LOGARITHM_OF_ERFC, 6));
  const p4 = multiplyAdd(at(LOGARITHM_OF_ERFC, 3), u, at(LOGARITHM_OF_ERFC, 4));
  const p6 = multiplyAdd(at(LOGARITHM_OF_ERFC, 1), u, at(LOGARITHM_OF_ERFC, 2));
  const high = multiplyAdd(at(LOGARITHM_OF_ERFC, 0), u4, multiplyAdd(p6, u2, p4));
  const p = multiplyAdd(high, u4, multiplyAdd(p2, u2, p0));
  const q = multiplyAdd(p, u, u);
  const whole = wholePart(q);
  const power = i32x4.add(i32x4.shl(whole, 23), at(EXPONENTIAL, 11));
  const less = multiplyAdd(lessOne(reduced(q, whole)), power, f32x4.sub(power, at(EXPONENTIAL, 11)));
  return v128.bitselect(x, less, sign);
}
