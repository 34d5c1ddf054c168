/**
 * The start of a file in NumPy's NPY format, version 1, of 32-bit numbers in row-major order (numpy.lib.format): the numbers themselves follow.
 */
export function npyHeader(shape: readonly number[]): Buffer {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${sizes}), }`;
  // Ten bytes come before the text; all of it together is a multiple of 64, and ends with a line feed.
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const start = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1');
  start.writeUInt16LE(length, 8);
  return Buffer.concat([start, Buffer.from(`${text.padEnd(length - 1)}\n`, 'latin1')]);
}
