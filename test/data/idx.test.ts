import { symlinkSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readIdx, readIdxHeader, requireMd5, requireRank } from '../../src/data/idx.js';
import { UserError } from '../../src/errors.js';
import { idxBytes, someBytes, temporaryFolder, userError } from './idx-files.js';

const folder = temporaryFolder();

function write(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe('readIdx', () => {
  it('reads sizes and data, plain or gzip whatever the name says', () => {
    const shapes = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(shapes, fc.boolean(), (shape, gzip) => {
        const data = someBytes(shape.reduce((a, b) => a * b, 1));
        const bytes = idxBytes(shape, data);
        const path = write(gzip ? 'images' : 'images.gz', gzip ? gzipSync(bytes) : bytes);
        const file = readIdx(path);
        expect(readIdxHeader(path)).toEqual({ path, gzip, shape, headerBytes: 4 + 4 * shape.length, dataBytes: data.length });
        expect(file.shape).toEqual(shape);
        expect(file.data).toEqual(data);
        expect(file.data.constructor).toBe(Uint8Array);
        expect(file.md5).toBe(createHash('md5').update(bytes).digest('hex'));
      }),
    );
  });

  it('reads a file of many decompression blocks', () => {
    const data = someBytes(3_000_000);
    const file = readIdx(write('large', gzipSync(idxBytes([3000, 1000], data))));
    expect(Buffer.compare(file.data, data)).toBe(0);
  });

  it('ends in a UserError or a file, whatever the bytes', () => {
    const start = fc.constantFrom<number[]>([], [0, 0], [0, 0, 8, 1], [0, 0, 8, 3], [0x1f, 0x8b, 8, 0], [0, 0, 8, 255]);
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 40 }), fc.boolean(), (head, tail, gzip) => {
        const bytes = Uint8Array.from([...head, ...tail]);
        const path = write('any', gzip ? gzipSync(bytes) : bytes);
        for (const read of [readIdxHeader, readIdx]) {
          try {
            read(path);
          } catch (error) {
            expect(error).toBeInstanceOf(UserError);
            expect((error as UserError).message).toContain(path);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('finds every cut and every changed byte of a compressed file', () => {
    const whole = gzipSync(idxBytes([10, 10], someBytes(100)));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), (length) => {
        expect(() => readIdx(write('cut', whole.subarray(0, length)))).toThrow(UserError);
      }),
    );
    // A changed bit of the padding between blocks, or of the time in the header, changes nothing.
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const bytes = Uint8Array.from(whole);
        bytes[at]! ^= change;
        try {
          expect(readIdx(write('changed', bytes)).data).toEqual(someBytes(100));
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
    );
  });
});

describe('a wrong file', () => {
  const image = idxBytes([2, 3], someBytes(6));

  it.each<[string, Uint8Array, RegExp]>([
    ['empty', new Uint8Array(0), /has 0 bytes, too few for the header/],
    ['page.html', Buffer.from('<!DOCTYPE html>'), /is not an IDX file: found 3c 21 44 4f \("<!DO"\), expected 00 00 08/],
    ['page.gz', gzipSync('<!DOCTYPE html>'), /the data inside gzip is not an IDX file: found 3c 21 44 4f/],
    ['rank-0', Uint8Array.of(0, 0, 8, 0, 1), /is not an IDX file: found 00 00 08 00/],
    ['floats', idxBytes([1], new Uint8Array(4), 0x0d), /elements are 32-bit floats, but only unsigned bytes/],
    ['short-header', image.subarray(0, 9), /cut short: found 9 bytes, expected 12 \(the header for rank 2\)/],
    ['short', image.subarray(0, 15), /cut short: found 15 bytes, expected 18 \(2 × 3\)/],
    ['long', Buffer.concat([image, image]), /longer than it says: found 36 bytes, expected 18 \(2 × 3\)/],
    ['huge', idxBytes([2 ** 32 - 1, 2 ** 32 - 1], image), /announces 4294967295 × 4294967295 bytes, more than/],
  ])('%s', async (name, bytes, message) => {
    const path = write(name, bytes);
    for (const read of [readIdxHeader, readIdx]) {
      const error = await userError(() => read(path));
      expect(error.message).toMatch(message);
      expect(error.message).toContain(path);
    }
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['short.gz', gzipSync(image.subarray(0, 15)), /cut short: found 15 bytes, expected 18/],
    ['cut.gz', gzipSync(idxBytes([5000], someBytes(5000))).subarray(0, 200), /cut short: found \d+ bytes, expected 5008/],
    ['no-checksum.gz', gzipSync(image).subarray(0, -4), /cut short: found 18 bytes, expected 18/],
    ['long.gz', gzipSync(Buffer.concat([image, image])), /longer than it says: found more than 18 bytes, expected 18/],
    [
      'wrong-crc.gz',
      gzipSync(image).map((byte, i, { length }) => (i === length - 8 ? byte ^ 1 : byte)),
      /gzip data is damaged: incorrect data check/,
    ],
  ])('%s, found when it is read whole', async (name, bytes, message) => {
    expect((await userError(() => readIdx(write(name, bytes)))).message).toMatch(message);
  });

  it('a gzip bomb stops where the header says the data ends', async () => {
    // 2 GB of zeros in 2 MB: gzip allows files to be appended to one another.
    const zeros = gzipSync(Buffer.alloc(20_000_000));
    const path = write('bomb.gz', Buffer.concat([gzipSync(idxBytes([10], someBytes(10))), ...Array<Buffer>(100).fill(zeros)]));
    const before = process.memoryUsage().rss;
    expect((await userError(() => readIdx(path))).message).toMatch(/found more than 18 bytes/);
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });

  it('a path that is no file', async () => {
    const loop = join(folder, 'loop');
    symlinkSync(loop, loop);
    const cases: [string, RegExp][] = [
      [join(folder, 'absent'), /cannot be read: there is no such file/],
      [join(write('file', image), 'inside'), /cannot be read: .*not a folder/],
      [folder, /is a folder, expected an IDX file/],
      ['/dev/null', /is a device or a pipe, expected an IDX file/],
      [loop, /cannot be read: ELOOP/],
      [join(folder, 'nul\0'), /cannot be read/],
    ];
    for (const [path, message] of cases) {
      const error = await userError(() => readIdxHeader(path));
      expect(error.message).toMatch(message);
      expect(error.message).toContain(path);
      expect(error.exit).toBe('usage');
      expect(error.hint).toBeDefined();
    }
  });
});

it('requireRank names what was expected and found', async () => {
  const header = readIdxHeader(write('rank', idxBytes([2, 3], someBytes(6))));
  requireRank(header, [2, 3], 'images');
  expect((await userError(() => requireRank(header, [1], 'labels'))).message).toBe(
    `${header.path}: expected labels, found rank 2 (2 × 3)`,
  );
});

it('requireMd5 names both checksums', async () => {
  const file = readIdx(write('sum', idxBytes([1], Uint8Array.of(1))));
  requireMd5(file, file.md5, '');
  const error = await userError(() => requireMd5(file, '0'.repeat(32), 'Delete it.'));
  expect(error.message).toContain(`is ${file.md5}, expected ${'0'.repeat(32)}`);
  expect(error.message).toContain(file.path);
  expect(error.hint).toBe('Delete it.');
});
