import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import AdmZip from 'adm-zip';
import { describe, expect, it } from 'vitest';
import { openArchive } from '../../src/data/archive.js';
import { readArray } from '../../src/data/array.js';
import { halfToNumber } from '../../src/data/npy.js';
import { temporaryFolder, userError } from './idx-files.js';
import { npyBytes, npyFloats } from './npy-files.js';

const fixtures = fileURLToPath(new URL('../fixtures/arrays/', import.meta.url));
const folder = temporaryFolder();
const number = { isInput: false, type: 'number' } as const;
const expected = JSON.parse(readFileSync(join(fixtures, 'numbers.json'), 'utf8')) as Record<
  string,
  { shape: number[]; values: number[] }
>;

describe('arrays that NumPy wrote', () => {
  it.each(Object.keys(expected))('of %s have its values', async (name) => {
    const archive = await openArchive(join(fixtures, 'numbers.npz'));
    const { shape, values, length } = readArray({ name, bytes: archive.read(`${name}.npy`) }, number);
    expect([length, ...shape]).toEqual(expected[name]!.shape);
    expect(values).toEqual(Float32Array.from(expected[name]!.values));
  });

  it('are read in every version of the format', () => {
    for (const version of [1, 2, 3]) {
      const { values, dtype, md5 } = readArray({ file: join(fixtures, `version_${version}.npy`) }, number);
      expect(values).toEqual(Float32Array.from(expected.f8_big_F!.values));
      expect(dtype).toBe('float64');
      expect(md5).toMatch(/^[0-9a-f]{32}$/);
    }
  });

  it.each<[string, string, string]>([
    ['objects', 'holds Python objects (dtype object), which only Python could run, expected numbers', "array.astype('float32')"],
    ['text', 'holds text, expected numbers', 'save the number of each word'],
    ['complex', 'holds complex numbers, expected numbers', 'two numbers'],
    ['structured', 'holds records of several fields (a structured dtype), expected numbers', 'each field by itself'],
    ['date', 'holds elements of dtype <M8[D], expected numbers', 'float16 to float64'],
    ['single', 'is a single number, expected an array whose first axis counts the records', ''],
  ])('of %s are refused', async (name, message, hint) => {
    const archive = await openArchive(join(fixtures, 'refused.npz'));
    const error = await userError(() => readArray({ name, bytes: archive.read(`${name}.npy`) }, number));
    expect(error.message).toBe(`${name} ${message}`);
    expect(error.hint ?? '').toContain(hint);
  });
});

describe('half precision', () => {
  it('is decoded for every one of its numbers as float32 has it', () => {
    const wrong: number[] = [];
    for (let bits = 0; bits < 2 ** 16; bits++) {
      const value = halfToNumber(bits);
      const [sign, exponent, fraction] = [bits >> 15, (bits >> 10) & 31, bits & 1023];
      if (exponent === 31 && fraction > 0) {
        if (!Number.isNaN(value)) wrong.push(bits);
      } else if (exponent === 0) {
        if (!Object.is(value * 2 ** 24, sign === 1 ? -fraction : fraction)) wrong.push(bits);
      } else {
        // The same number as a float32: a longer exponent with another bias, and zeros after the fraction.
        const wide = exponent === 31 ? 255 : exponent + 112;
        const [word] = new Uint32Array(Float32Array.of(value).buffer);
        if (word !== ((sign << 31) | (wide << 23) | (fraction << 13)) >>> 0) wrong.push(bits);
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('a file that is no array', () => {
  const messageOf = async (bytes: Uint8Array, use: Parameters<typeof readArray>[1] = number) =>
    (await userError(() => readArray({ name: 'x.npy', bytes: Buffer.from(bytes) }, use))).message;
  const good = npyFloats([2, 3], [1, 2, 3, 4, 5, 6]);

  it('is known by how it begins', async () => {
    expect(await messageOf(Buffer.from('PK\x03\x04 and more'))).toBe(
      'x.npy is not an NPY file: it begins with 50 4b 03 04 20 61, expected 93 4e 55 4d 50 59 ("\\x93NUMPY")',
    );
    expect(await messageOf(Buffer.alloc(0))).toContain('it begins with nothing');
    expect(await messageOf(Buffer.from([...good.subarray(0, 6), 9, 0, ...good.subarray(8)]))).toBe(
      'x.npy: version 9 of the NPY format, expected 1, 2 or 3',
    );
  });

  it('is cut short anywhere, or too long', async () => {
    for (let length = 0; length < good.length; length++) {
      expect(await messageOf(good.subarray(0, length))).toMatch(/is cut short|is not an NPY file/);
    }
    expect(await messageOf(good.subarray(0, -1))).toBe(
      'x.npy is cut short: 23 bytes of elements, expected 24 (float32 of 2 × 3)',
    );
    expect(await messageOf(Buffer.concat([good, Buffer.alloc(1)]))).toBe(
      'x.npy is longer than it says: 25 bytes of elements, expected 24 (float32 of 2 × 3)',
    );
  });

  it('announces more than there is, without anything so large being made', async () => {
    expect(await messageOf(npyBytes({ shape: [2 ** 40, 2 ** 40] }, new Uint8Array(4)))).toContain('x.npy is cut short: 4 bytes');
    const header = npyBytes({ shape: [1] }, new Uint8Array(4));
    header.set([2, 0, 255, 255, 255, 127], 6);
    expect(await messageOf(header)).toContain('a header of 2147483647 bytes');
  });

  it('has another header than NumPy writes', async () => {
    for (const header of [
      '{}',
      "{'descr': '<f4', 'shape': (1,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
    ]) {
      expect(await messageOf(npyBytes({ shape: [1], header }, new Uint8Array(4)))).toContain(
        'is not an NPY file as NumPy writes it',
      );
    }
  });

  it('holds what is no number, said with its record', async () => {
    const shape = [3, 2];
    expect(await messageOf(npyFloats(shape, [1, 2, 3, 4, 5, NaN]))).toBe(
      'x.npy: record 2 (counted from 0) holds NaN, expected finite numbers',
    );
    expect(await messageOf(npyFloats(shape, [1, 2, 3, -Infinity, 5, 6]))).toContain('record 1 (counted from 0) holds -Infinity');
    const large = npyBytes({ descr: '<f8', shape: [1] }, new Uint8Array(Float64Array.of(1e39).buffer));
    expect(await messageOf(large)).toContain('holds 1e+39, which is no 32-bit number');
    // In a file whose first axis runs fastest the record is another one.
    const columns = npyBytes({ shape, fortran: true }, new Uint8Array(Float32Array.of(1, NaN, 3, 4, 5, 6).buffer));
    expect(await messageOf(columns)).toContain('record 1 (counted from 0)');
  });

  it('holds what is no class', async () => {
    const asClass = { isInput: false, type: 'class' } as const;
    for (const value of [-1, 0.5, 65536, NaN]) {
      expect(await messageOf(npyFloats([2], [0, value]), asClass)).toBe(
        `x.npy: record 1 (counted from 0) holds ${value}, expected a class: a whole number from 0 to 65535`,
      );
    }
  });
});

describe('an archive', () => {
  it('is damaged, in an entry or as a whole', async () => {
    const bytes = readFileSync(join(fixtures, 'refused.npz'));
    const at = bytes.indexOf('NUMPY') + 200;
    bytes[at]! ^= 1;
    const path = join(folder, 'damaged.npz');
    writeFileSync(path, bytes);
    const archive = await openArchive(path);
    expect((await userError(() => archive.read('objects.npy'))).message).toContain(`${path}: objects.npy is damaged: CRC32`);
    for (const length of [0, 3, 100, bytes.length - 30]) {
      writeFileSync(path, bytes.subarray(0, length));
      expect((await userError(() => openArchive(path))).message).toContain(`${path} is no archive that can be read`);
    }
  });

  it('with entries that are named like paths writes nothing anywhere', async () => {
    const zip = new AdmZip();
    const name = '../../outside.npy';
    zip.addFile('x.npy', npyFloats([1], [5]));
    zip.getEntries()[0]!.entryName = name;
    const path = join(folder, 'paths.npz');
    writeFileSync(path, zip.toBuffer());
    const archive = await openArchive(path);
    expect(archive.names).toEqual([name]);
    expect(readArray({ name, bytes: archive.read(name) }, number).values).toEqual(Float32Array.of(5));
  });

  it('with an entry of more than a gigabyte is not unpacked', async () => {
    const zip = new AdmZip();
    zip.addFile('x.npy', npyFloats([1], [5]));
    const bytes = zip.toBuffer();
    const path = join(folder, 'large.npz');
    for (const place of ['PK\x01\x02', 'PK\x03\x04'] as const) {
      bytes.writeUInt32LE(3e9, bytes.indexOf(Buffer.from(place, 'latin1')) + (place === 'PK\x01\x02' ? 24 : 22));
    }
    writeFileSync(path, bytes);
    const archive = await openArchive(path);
    const { message, hint } = await userError(() => archive.read('x.npy'));
    expect(message).toBe(`${path}: x.npy unpacks to 2862 MB, more than the 1024 MB that are unpacked`);
    expect(hint).toContain('numpy.save');
  });

  it('with an entry that unpacks to more than it says is refused', async () => {
    const zip = new AdmZip();
    zip.addFile('x.npy', Buffer.alloc(2 ** 20));
    const bytes = zip.toBuffer();
    const directory = bytes.indexOf(Buffer.from('PK\x01\x02', 'latin1'));
    bytes.writeUInt32LE(100, directory + 24);
    const path = join(folder, 'bomb.npz');
    writeFileSync(path, bytes);
    const archive = await openArchive(path);
    expect((await userError(() => archive.read('x.npy'))).message).toContain('x.npy is damaged');
  });
});
