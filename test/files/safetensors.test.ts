import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeSafetensors, readSafetensors, readSafetensorsHeader, type Tensor } from '../../src/files/safetensors.js';
import { anyTensors } from './any-tensor.js';
import { temporaryFolder, userErrorFrom } from './temporary-folder.js';

/** A file with this header and this many bytes of data. */
function fileWith(header: unknown, dataBytes = 0): string {
  const path = join(temporaryFolder(), 'a.safetensors');
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(path, Buffer.concat([size, json, Buffer.alloc(dataBytes)]));
  return path;
}

function entry(shape: unknown, begin: unknown, end: unknown, dtype: unknown = 'F32'): Record<string, unknown> {
  return { dtype, shape, data_offsets: [begin, end] };
}

describe('encodeSafetensors and readSafetensors', () => {
  it('read back what was written', () => {
    const path = join(temporaryFolder(), 'a.safetensors');
    fc.assert(
      fc.property(anyTensors, fc.dictionary(fc.string(), fc.string()), (tensors, metadata) => {
        writeFileSync(path, Buffer.concat(encodeSafetensors(tensors, metadata)));
        const found = readSafetensors(path);
        expect(new Map(found.tensors)).toEqual(tensors);
        expect(Object.entries(found.metadata).sort()).toEqual(Object.entries(metadata).sort());
      }),
    );
  });

  it('give the same bytes in whatever order tensors and metadata come', () => {
    const a: Tensor = { shape: [2], data: Float32Array.of(1, 2) };
    const b: Tensor = { shape: [], data: Float32Array.of(3) };
    const one = encodeSafetensors(new Map([['a', a], ['b', b]]), { x: '1', y: '2' }); // prettier-ignore
    const other = encodeSafetensors(new Map([['b', b], ['a', a]]), { y: '2', x: '1' }); // prettier-ignore
    expect(Buffer.concat(one).equals(Buffer.concat(other))).toBe(true);
  });

  it('lay the file out as the format says, the data at a multiple of 8 bytes', () => {
    const bytes = Buffer.concat(encodeSafetensors(new Map([['w', { shape: [1, 2], data: Float32Array.of(1, -2) }]]), { k: 'v' }));
    const size = Number(bytes.readBigUInt64LE());
    expect((8 + size) % 8).toBe(0);
    expect(bytes.toString('utf8', 8, 8 + size).trimEnd()).toBe(
      '{"__metadata__":{"k":"v"},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}',
    );
    expect(bytes.subarray(8 + size).toString('hex')).toBe('0000803f000000c0');
  });

  it('do not copy the values', () => {
    const data = new Float32Array(3);
    expect(encodeSafetensors(new Map([['w', { shape: [3], data }]]), {})[1]!.buffer).toBe(data.buffer);
  });

  it('refuse a tensor that contradicts its own shape', () => {
    expect(() => encodeSafetensors(new Map([['w', { shape: [2], data: new Float32Array(3) }]]), {})).toThrow(TypeError);
    expect(() => encodeSafetensors(new Map([['__metadata__', { shape: [], data: new Float32Array(1) }]]), {})).toThrow(TypeError);
  });

  it('read data that is not aligned', () => {
    const path = fileWith(`${JSON.stringify({ w: entry([2], 0, 8) })} `, 8);
    expect(readSafetensors(path).tensors.get('w')).toEqual({ shape: [2], data: new Float32Array(2) });
  });

  it('read the header alone', () => {
    const path = fileWith({ w: entry([2], 0, 8), __metadata__: { k: 'v' } }, 8);
    expect(readSafetensorsHeader(path)).toEqual({
      entries: [{ name: 'w', shape: [2], begin: 0, end: 8 }],
      metadata: { k: 'v' },
    });
  });
});

describe('a malformed file', () => {
  const cases: [string, () => string, RegExp][] = [
    ['no header size', () => { const path = fileWith({}); writeFileSync(path, 'abc'); return path; }, /ends after 3 bytes/],
    ['an absurd header size', () => { const path = fileWith({}); writeFileSync(path, Buffer.alloc(64, 0xff)); return path; }, /header of 18446744073709552000 bytes, and the file has 64/],
    ['a cut header', () => { const path = fileWith({ w: entry([2], 0, 8) }, 8); writeFileSync(path, readFileSync(path).subarray(0, 20)); return path; }, /and the file has 20/],
    ['cut data', () => fileWith({ w: entry([2], 0, 8) }, 7), /"w" ends at byte 8 of the data, but there are only 7/],
    ['trailing bytes', () => fileWith({ w: entry([2], 0, 8) }, 9), /1 bytes after the last tensor/],
    ['a header that is not JSON', () => fileWith('{"w":'), /header is not JSON/],
    ['a header that is not UTF-8', () => { const path = fileWith('{"wwww":{}}'); const bytes = readFileSync(path); bytes[11] = 0xff; writeFileSync(path, bytes); return path; }, /header is not JSON/],
    ['a header that is a list', () => fileWith('[]'), /not a JSON object/],
    ['metadata that is no object', () => fileWith({ __metadata__: 'x' }), /__metadata__ is not an object/],
    ['metadata that is no string', () => fileWith({ __metadata__: { k: 1 } }), /__metadata__\.k is not a string/],
    ['a tensor that is no object', () => fileWith({ w: null }), /"w" is not described by an object/],
    ['no dtype', () => fileWith({ w: entry([], 0, 4, null) }, 4), /"w" has no dtype/],
    ['another dtype', () => fileWith({ w: entry([2], 0, 4, 'BF16') }, 4), /"w" has dtype "BF16", and F32 was expected/],
    ['a negative size', () => fileWith({ w: entry([-1], 0, 4) }, 4), /shape that is no list of sizes/],
    ['a fractional size', () => fileWith({ w: entry([0.5], 0, 2) }, 2), /shape that is no list of sizes/],
    ['a shape that is too large', () => fileWith({ w: entry([2 ** 52, 2 ** 52], 0, 4) }, 4), /but has 4/],
    ['a shape that does not match', () => fileWith({ w: entry([3], 0, 8) }, 8), /shape \[3\] needs 12 bytes, but has 8/],
    ['offsets that are no pair', () => fileWith({ w: { dtype: 'F32', shape: [], data_offsets: [0] } }, 4), /not \[begin, end\]/],
    ['offsets in reverse', () => fileWith({ w: entry([1], 4, 0) }, 4), /needs 4 bytes, but has -4/],
    ['overlapping tensors', () => fileWith({ a: entry([2], 0, 8), b: entry([1], 4, 8) }, 8), /"b" overlaps/],
    ['a hole', () => fileWith({ a: entry([1], 0, 4), b: entry([1], 8, 12) }, 12), /4 bytes before tensor "b" that belong to no tensor/],
  ]; // prettier-ignore

  it.each(cases)('is refused: %s', (_, make, message) => {
    const path = make();
    const error = userErrorFrom(() => readSafetensors(path));
    expect(error.message).toMatch(message);
    expect(error.message).toContain(path);
    expect(error.hint).toBeDefined();
  });

  it('is refused: a missing file, a folder', () => {
    const folder = temporaryFolder();
    expect(userErrorFrom(() => readSafetensors(join(folder, 'none'))).message).toMatch(/no such file/);
    expect(userErrorFrom(() => readSafetensors(folder)).message).toMatch(/it is a folder/);
  });
});
