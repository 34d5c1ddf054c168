// Float vectors of four lanes, and the one operation in which the two builds differ.

/** a * b + c: one rounding in the relaxed build, two in the plain one. */
// @ts-ignore: decorator
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

// @ts-ignore: decorator
@inline
export function splat(value: f32): v128 {
  return f32x4.splat(value);
}

/** The float at an address, in all lanes. */
// @ts-ignore: decorator
@inline
export function loadSplat(address: usize): v128 {
  return v128.load32_splat(address);
}

/** The greater of two, NaN where either is: three instructions, where the engine's own takes eight to tell 0 from -0 both ways. */
// @ts-ignore: decorator
@inline
export function greaterOf(a: v128, b: v128): v128 {
  return v128.or(f32x4.pmax(b, a), f32x4.ne(a, a));
}

/** The lesser of two, NaN where either is. */
// @ts-ignore: decorator
@inline
export function lesserOf(a: v128, b: v128): v128 {
  return v128.or(f32x4.pmin(b, a), f32x4.ne(a, a));
}

/** Stores two vectors side by side. The upper one comes first: joined to one, they may not fail after the lower half is written. */
// @ts-ignore: decorator
@inline
export function storePair(address: usize, lower: v128, upper: v128): void {
  v128.store(address, upper, 16);
  v128.store(address, lower);
}

/** Where the host writes whether the engine joins pairs of neighbouring vectors into one of 256 bits. */
const JOINS_VECTORS: usize = 456;

// @ts-ignore: decorator
@inline
export function joinsVectors(): bool {
  return i32.load(JOINS_VECTORS) != 0;
}
