// Elementary functions on vectors of four floats. Written out, because those of the JavaScript engine differ between machines.
// Error bounds are against float64, in units in the last place; a test measures them over a million floats of every size.

import { multiplyAdd, splat } from './simd';

/** e^x, within 2 ulp (4 where the result is subnormal). Cephes' polynomial after x = n ln 2 + r, |r| <= ln 2 / 2. */
// @ts-ignore: decorator
@inline
export function exponential(x: v128): v128 {
  const bounded = f32x4.min(f32x4.max(x, splat(-104)), splat(89));
  const n = f32x4.nearest(f32x4.mul(bounded, splat(1.44269504088896341)));
  // ln 2 in two parts, the first with enough zero bits that n times it is exact.
  let r = multiplyAdd(n, splat(-0.693359375), bounded);
  r = multiplyAdd(n, splat(2.12194440e-4), r);
  let p = splat(1.9875691500e-4);
  p = multiplyAdd(p, r, splat(1.3981999507e-3));
  p = multiplyAdd(p, r, splat(8.3334519073e-3));
  p = multiplyAdd(p, r, splat(4.1665795894e-2));
  p = multiplyAdd(p, r, splat(1.6666665459e-1));
  p = multiplyAdd(p, r, splat(5.0000001201e-1));
  p = f32x4.add(multiplyAdd(p, f32x4.mul(r, r), r), splat(1));
  // 2^n in two factors, so that neither overflows where the product does not.
  const whole = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(whole, 1);
  const first = i32x4.shl(i32x4.add(half, i32x4.splat(127)), 23);
  const second = i32x4.shl(i32x4.add(i32x4.sub(whole, half), i32x4.splat(127)), 23);
  return f32x4.mul(f32x4.mul(p, first), second);
}

/** ln x, within 2 ulp; ln 0 = -inf, NaN below 0. Cephes' polynomial on [sqrt(1/2), sqrt(2)). */
// @ts-ignore: decorator
@inline
export function logarithm(x: v128): v128 {
  const tiny = f32x4.lt(x, splat(1.17549435e-38));
  const scaled = v128.bitselect(f32x4.mul(x, splat(8388608)), x, tiny);
  const exponent = i32x4.sub(i32x4.shr_u(scaled, 23), v128.bitselect(i32x4.splat(126 + 23), i32x4.splat(126), tiny));
  let m = v128.or(v128.and(scaled, i32x4.splat(0x007fffff)), i32x4.splat(0x3f000000)); // [1/2, 1)
  const low = f32x4.lt(m, splat(0.707106781186547524));
  const e = f32x4.sub(f32x4.convert_i32x4_s(exponent), v128.and(low, splat(1)));
  m = f32x4.sub(f32x4.add(m, v128.and(low, m)), splat(1));
  const z = f32x4.mul(m, m);
  let p = splat(7.0376836292e-2);
  p = multiplyAdd(p, m, splat(-1.1514610310e-1));
  p = multiplyAdd(p, m, splat(1.1676998740e-1));
  p = multiplyAdd(p, m, splat(-1.2420140846e-1));
  p = multiplyAdd(p, m, splat(1.4249322787e-1));
  p = multiplyAdd(p, m, splat(-1.6668057665e-1));
  p = multiplyAdd(p, m, splat(2.0000714765e-1));
  p = multiplyAdd(p, m, splat(-2.4999993993e-1));
  p = multiplyAdd(p, m, splat(3.3333331174e-1));
  let y = f32x4.mul(f32x4.mul(p, m), z);
  y = multiplyAdd(e, splat(-2.12194440e-4), y);
  y = multiplyAdd(z, splat(-0.5), y);
  let result = multiplyAdd(e, splat(0.693359375), f32x4.add(m, y));
  result = v128.bitselect(splat(-Infinity), result, f32x4.eq(x, splat(0)));
  result = v128.bitselect(x, result, f32x4.eq(x, splat(Infinity)));
  return v128.bitselect(result, splat(NaN), f32x4.ge(x, splat(0)));
}

/** tanh x, within 3 ulp. Cephes: a polynomial below 0.625, else 1 - 2 / (e^2x + 1). */
// @ts-ignore: decorator
@inline
export function hyperbolicTangent(x: v128): v128 {
  const magnitude = f32x4.abs(x);
  const z = f32x4.mul(x, x);
  let p = splat(-5.70498872745e-3);
  p = multiplyAdd(p, z, splat(2.06390887954e-2));
  p = multiplyAdd(p, z, splat(-5.37397155531e-2));
  p = multiplyAdd(p, z, splat(1.33314422036e-1));
  p = multiplyAdd(p, z, splat(-3.33332819422e-1));
  const near = multiplyAdd(f32x4.mul(p, z), x, x);
  const power = exponential(f32x4.add(magnitude, magnitude));
  const far = f32x4.sub(splat(1), f32x4.div(splat(2), f32x4.add(power, splat(1))));
  const signed = v128.or(v128.andnot(far, splat(-0.0)), v128.and(x, splat(-0.0)));
  return v128.bitselect(near, signed, f32x4.lt(magnitude, splat(0.625)));
}

/**
 * erf x, within 2 ulp. Below 1, x plus x times a polynomial in x^2; beyond, 1 - e^q(|x|), where the polynomial q is the logarithm of
 * 1 - erf; from 4 on it is 1. Both are least in the largest error, and fitted by this project to values of 40 digits.
 */
// @ts-ignore: decorator
@inline
export function errorFunction(x: v128): v128 {
  const magnitude = f32x4.abs(x);
  const z = f32x4.mul(x, x);
  let p = splat(7.853854185668752e-5);
  p = multiplyAdd(p, z, splat(-8.01019137725234e-4));
  p = multiplyAdd(p, z, splat(5.18832728266716e-3));
  p = multiplyAdd(p, z, splat(-2.6853810995817184e-2));
  p = multiplyAdd(p, z, splat(1.128358542919159e-1));
  p = multiplyAdd(p, z, splat(-3.761262595653534e-1));
  p = multiplyAdd(p, z, splat(1.2837916612625122e-1));
  const near = multiplyAdd(p, x, x);
  const t = f32x4.min(magnitude, splat(4));
  let q = splat(1.863800862338394e-4);
  q = multiplyAdd(q, t, splat(-2.947666682302952e-3));
  q = multiplyAdd(q, t, splat(2.1838096901774406e-2));
  q = multiplyAdd(q, t, splat(-1.0310681909322739e-1));
  q = multiplyAdd(q, t, splat(-6.381447315216064e-1));
  q = multiplyAdd(q, t, splat(-1.127089262008667));
  q = multiplyAdd(q, t, splat(-3.4151258296333253e-4));
  const far = f32x4.sub(splat(1), exponential(q));
  const signed = v128.or(v128.andnot(far, splat(-0.0)), v128.and(x, splat(-0.0)));
  return v128.bitselect(near, signed, f32x4.lt(magnitude, splat(1)));
}
