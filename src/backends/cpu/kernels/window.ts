// Windows that slide over an input, and may begin in the padding before it.

/** The first row (column) of a window that starts at `start` and lies inside the input. */
// @ts-ignore: decorator
@inline
export function firstInside(start: i32, step: i32): i32 {
  return start >= 0 ? start : start + ((step - 1 - start) / step) * step;
}
