import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LoadedDataset } from '../../src/catalog/dataset.js';
import { datasets } from '../../src/catalog/datasets/index.js';
import { temporaryFolder, userError } from './idx-files.js';
import { npyBytes, npyFloats } from './npy-files.js';
import { valuesOf } from './values-of.js';

const folder = temporaryFolder();
const context = { folder, cache: join(folder, 'cache'), log: () => {} };
const write = (name: string, bytes: Uint8Array): void => writeFileSync(join(folder, name), bytes);
const definition = datasets.get('arrays');
const load = (options: object): Promise<LoadedDataset> =>
  definition.load(definition.options.parse({ inputs: 'x.npy', targets: 'y.npy', ...options }), context);

const count = 60;
const bytesOf = (values: ArrayBufferView): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
const some = Array.from({ length: count * 6 }, (_, i) => (i * 37) % 120);
const swapped = Buffer.from(bytesOf(Float32Array.from(some, (value) => value / 7))).swap32();
const elements: Record<string, Uint8Array> = {
  '|u1': Uint8Array.from(some),
  '|b1': Uint8Array.from(some, (value) => value & 1),
  '|i1': bytesOf(Int8Array.from(some, (value) => 60 - value)),
  '<u2': bytesOf(Uint16Array.from(some, (value) => value * 500)),
  '<i8': bytesOf(BigInt64Array.from(some, BigInt)),
  '<f4': bytesOf(Float32Array.from(some, (value) => value / 7)),
  '>f4': swapped,
  '<f8': bytesOf(Float64Array.from(some, (value) => value / 7)),
};
write(
  'y.npy',
  npyBytes(
    { descr: '|u1', shape: [count] },
    Uint8Array.from({ length: count }, (_, i) => i % 3),
  ),
);
for (const [descr, values] of Object.entries(elements))
  write(`${descr.slice(1)}${descr[0] === '>' ? 'big' : ''}.npy`, npyBytes({ descr, shape: [count, 6] }, values));

/** Everything that is known of a data set but where its values lie. */
const factsOf = ({ info, keys, provenance }: LoadedDataset) => ({ info, keys, provenance });

describe('an array that is larger than its memory', () => {
  it.each<[string, object]>([
    ...['u1', 'b1', 'i1', 'u2', 'i8', 'f4', 'f4big', 'f8'].map((name): [string, object] => [name, { array: `${name}.npy` }]),
    ['bytes that are numbers', { array: 'u1.npy', scale_bytes: false }],
    ['bytes that are classes', { array: 'u1.npy', type: 'class' }],
    ['words that are classes', { array: 'i8.npy', type: 'class' }],
  ])('of %s has the values, the split and the keys of one in memory', async (_, input) => {
    const [held, read] = [await load({ inputs: { input } }), await load({ inputs: { input }, memory_mb: 0 })];
    expect(Object.keys(held.train.columns)).toEqual(['input', 'target']);
    expect(Object.keys(read.train.columns)).toEqual(['target']);
    expect(factsOf(read)).toEqual(factsOf(held));
    expect(await valuesOf(read)).toEqual(await valuesOf(held));
  });

  it('may be one of several, and have a test part of its own', async () => {
    const inputs = { words: { array: 'i8.npy', type: 'class' }, pictures: 'u1.npy', numbers: 'f8.npy' };
    const options = {
      inputs,
      targets: { side: 'y.npy', map: { array: 'u1.npy', type: 'class' } },
      test_inputs: { words: 'i8.npy', pictures: 'u1.npy', numbers: 'f8.npy' },
      test_targets: { side: 'y.npy', map: 'u1.npy' },
    };
    const held = await load(options);
    // 720 bytes of words, 360 of pictures; the numbers would be 1440 more.
    const [none, part] = [await load({ ...options, memory_mb: 0 }), await load({ ...options, memory_mb: 1500 / 2 ** 20 })];
    expect(Object.keys(part.train.columns)).toEqual(['words', 'pictures', 'side']);
    expect(Object.keys(part.test.columns)).toEqual(['pictures', 'side']);
    for (const one of [none, part]) {
      expect(factsOf(one)).toEqual(factsOf(held));
      expect(await valuesOf(one)).toEqual(await valuesOf(held));
    }
  });

  it('is checked as any other', async () => {
    const said = async (name: string): Promise<string> => {
      const { message } = await userError(() => load({ inputs: name, memory_mb: 0 }));
      return message.replaceAll(`${folder}/`, '');
    };
    const numbers = Array.from({ length: count * 2 }, (_, i) => i);
    write('nan.npy', npyFloats([count, 2], numbers.with(7, NaN)));
    write('short.npy', npyFloats([count, 2], numbers).subarray(0, -1));
    write('fortran.npy', npyBytes({ shape: [count, 2], fortran: true }, new Uint8Array(count * 8)));
    write('huge.npy', npyBytes({ descr: '<f8', shape: [count, 2] }, bytesOf(Float64Array.from(numbers.with(11, 1e300)))));
    expect(await said('nan.npy')).toBe('nan.npy: record 3 (counted from 0) holds NaN, expected finite numbers');
    expect(await said('short.npy')).toMatch(/^short.npy is cut short: 479 bytes of elements, expected 480/);
    expect(await said('huge.npy')).toMatch(/^huge.npy: record 5 .* holds 1e\+300, which is no 32-bit number/);
    expect(await said('fortran.npy')).toMatch(/records do not lie side by side/);
    const { message } = await userError(() => load({ inputs: { input: { array: 'f8.npy', type: 'class' } }, memory_mb: 0 }));
    expect(message).toMatch(/expected a class/);
  });

  it('is not read on once it has changed', async () => {
    write(
      'changing.npy',
      npyFloats(
        [count, 2],
        Array.from({ length: count * 2 }, (_, i) => i),
      ),
    );
    const dataset = await load({ inputs: 'changing.npy', memory_mb: 0 });
    utimesSync(join(folder, 'changing.npy'), 1, 1);
    const { message } = await userError(() => valuesOf(dataset));
    expect(message).toBe(`${join(folder, 'changing.npy')} has changed since it was read`);
  });
});
