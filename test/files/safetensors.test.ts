import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { encodeSafetensors, readSafetensors, readSafetensorsHeader, type Tensor } from '../../src/files/safetensors.js';
import { anyTensors } from './any-tensor.js';
import { temporaryFolder, userErrorFrom } from './temporary-folder.js';

function fileOf(bytes: Uint8Array): string {
  const path = join(temporaryFolder(), 'a.safetensors');
  writeFileSync(path, bytes);
  return path;
}

/** A file with this header and this many bytes of data. */
function withHeader(header: unknown, dataBytes = 0): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([size, json, Buffer.alloc(dataBytes)]);
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
    const tensors = Object.entries({ a, b });
    const one = encodeSafetensors(new Map(tensors), { x: '1', y: '2' });
    const other = encodeSafetensors(new Map(tensors.reverse()), { y: '2', x: '1' });
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
    const path = fileOf(withHeader(`${JSON.stringify({ w: entry([2], 0, 8) })} `, 8));
    expect(readSafetensors(path).tensors.get('w')).toEqual({ shape: [2], data: new Float32Array(2) });
  });

  it('read the header alone', () => {
    const path = fileOf(withHeader({ w: entry([2], 0, 8), __metadata__: { k: 'v' } }, 8));
    expect(readSafetensorsHeader(path)).toEqual({
      entries: [{ name: 'w', shape: [2], begin: 0, end: 8 }],
      metadata: { k: 'v' },
    });
  });
});

describe('a malformed file', () => {
  const cases: [string, Buffer, RegExp][] = [
    ['no header size', Buffer.from('abc'), /ends after 3 bytes/],
    ['an absurd header size', Buffer.alloc(64, 0xff), /header of 18446744073709552000 bytes, and the file has 64/],
    ['a cut header', withHeader({ w: entry([2], 0, 8) }, 8).subarray(0, 20), /and the file has 20/],
    ['cut data', withHeader({ w: entry([2], 0, 8) }, 7), /"w" ends at byte 8 of the data, but there are only 7/],
    ['trailing bytes', withHeader({ w: entry([2], 0, 8) }, 9), /belong to no tensor: 1, after the last one/],
    ['a header that is not JSON', withHeader('{"w":'), /header is not JSON/],
    ['a header that is not UTF-8', withHeader('{"w":{}}').fill(0xff, 10, 11), /header is not JSON/],
    ['a header that is a list', withHeader('[]'), /not a JSON object/],
    ['metadata that is no object', withHeader({ __metadata__: 'x' }), /__metadata__ is not an object/],
    ['metadata that is no string', withHeader({ __metadata__: { k: 1 } }), /__metadata__\.k is not a string/],
    ['a tensor that is no object', withHeader({ w: null }), /"w" is not described by an object/],
    ['no dtype', withHeader({ w: entry([], 0, 4, null) }, 4), /"w" has no dtype/],
    ['another dtype', withHeader({ w: entry([2], 0, 4, 'BF16') }, 4), /"w" has dtype "BF16", and F32 was expected/],
    ['a negative size', withHeader({ w: entry([-1], 0, 4) }, 4), /shape that is no list of sizes/],
    ['a fractional size', withHeader({ w: entry([0.5], 0, 2) }, 2), /shape that is no list of sizes/],
    ['a shape that is too large', withHeader({ w: entry([2 ** 52, 2 ** 52], 0, 4) }, 4), /but has 4/],
    ['a shape that does not match', withHeader({ w: entry([3], 0, 8) }, 8), /shape \[3\] needs 12 bytes, but has 8/],
    ['offsets that are no pair', withHeader({ w: { dtype: 'F32', shape: [], data_offsets: [0] } }, 4), /not \[begin, end\]/],
    ['offsets in reverse', withHeader({ w: entry([1], 4, 0) }, 4), /needs 4 bytes, but has -4/],
    ['overlapping tensors', withHeader({ a: entry([2], 0, 8), b: entry([1], 4, 8) }, 8), /"b" overlaps/],
    ['a hole', withHeader({ a: entry([1], 0, 4), b: entry([1], 8, 12) }, 12), /belong to no tensor: 4, before tensor "b"/],
  ];

  it.each(cases)('is refused: %s', (_, bytes, message) => {
    const path = fileOf(bytes);
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

  it('is refused or read, but nothing else happens, when any byte is altered', () => {
    const bytes = withHeader({ __metadata__: { k: 'v' }, a: entry([2, 1], 0, 8), b: entry([], 8, 12) }, 12);
    const path = fileOf(bytes);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (position, mask) => {
        const changed = Buffer.from(bytes);
        changed[position]! ^= mask;
        writeFileSync(path, changed);
        try {
          for (const { shape, data } of readSafetensors(path).tensors.values()) {
            expect(data).toHaveLength(shape.reduce((product, length) => product * length, 1));
          }
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
