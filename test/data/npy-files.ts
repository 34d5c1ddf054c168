import { Buffer } from 'node:buffer';

export interface NpyParts {
  readonly descr?: string;
  readonly shape: readonly number[];
  readonly fortran?: boolean;
  /** In place of the dict that goes with the rest. */
  readonly header?: string;
}

/** The bytes of an NPY file of version 1, whose header is as short as can be. */
export function npyBytes({ descr = '<f4', shape, fortran = false, header }: NpyParts, elements: Uint8Array): Buffer {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dict = header ?? `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${sizes}), }\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(dict.length);
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, Buffer.from(dict, 'latin1'), elements]);
}

/** Float32 numbers as an NPY file. */
export const npyFloats = (shape: readonly number[], values: readonly number[]): Buffer =>
  npyBytes({ shape }, new Uint8Array(Float32Array.from(values).buffer));

/** Whole numbers below 2^31 as an NPY file of int64, NumPy's own choice. */
export const npyIntegers = (shape: readonly number[], values: readonly number[]): Buffer =>
  npyBytes({ descr: '<i8', shape }, new Uint8Array(BigInt64Array.from(values, BigInt).buffer));
