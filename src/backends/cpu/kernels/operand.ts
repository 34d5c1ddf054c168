// How kernels find their operands. A kernel gets the address of its parameters, 32-bit words that the host wrote; an operand is
// two of them: the address of the tensor, and for a tensor that only lives within one stage the bytes of one unit of it, else 0.
// Such a tensor lies in the thread's own memory and holds the step being worked on alone; its address is moved so that unit
// `from` of the batch is its first one.

// @ts-ignore: decorator
@inline
export function word(parameters: usize, index: i32): i32 {
  return i32.load(parameters + (index << 2));
}

// @ts-ignore: decorator
@inline
export function operand(parameters: usize, index: i32, from: i32, local: usize): usize {
  const address = <usize>word(parameters, index);
  const unitBytes = word(parameters, index + 1);
  return unitBytes == 0 ? address : local + address - <usize>(from * unitBytes);
}
