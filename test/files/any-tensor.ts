import fc from 'fast-check';
import type { Tensor } from '../../src/files/safetensors.js';

/** Tensors of every rank from scalars up, with axes of length 0 too, and any bits a float can have. */
const anyTensor = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }).chain((shape) => {
  const length = shape.reduce((product, axis) => product * axis, 1);
  return fc.float32Array({ minLength: length, maxLength: length }).map((data): Tensor => ({ shape, data }));
});

const anyName = fc
  .oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('0', '10', '__proto__', 'a.b/c "d"', ''))
  .filter((name) => name !== '__metadata__');

/** Named tensors; names come in every script, as numbers and with quotes. */
export const anyTensors = fc.array(fc.tuple(anyName, anyTensor), { maxLength: 6 }).map((pairs) => new Map(pairs));
