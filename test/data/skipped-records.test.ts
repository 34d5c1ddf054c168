import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LoadedDataset } from '../../src/catalog/dataset.js';
import { datasets } from '../../src/catalog/datasets/index.js';
import { readNewArrays } from '../../src/data/new-arrays.js';
import { Splitter } from '../../src/data/split.js';
import { temporaryFolder, userError } from './idx-files.js';
import { npyBytes, npyFloats } from './npy-files.js';
import { valuesOf } from './values-of.js';

const folder = temporaryFolder();
const logged: string[] = [];
const context = {
  folder,
  cache: join(folder, 'cache'),
  log: (line: string) => void logged.push(line.replaceAll(`${folder}/`, '')),
};
const write = (name: string, bytes: Uint8Array): void => writeFileSync(join(folder, name), bytes);
const definition = datasets.get('arrays');
const load = (options: object, splitter?: Splitter): Promise<LoadedDataset> =>
  definition.load(definition.options.parse({ inputs: { input: 'x.npy', deep: 'deep.npy' }, targets: 'y.npy', ...options }), {
    ...context,
    ...(splitter === undefined ? {} : { splitter }),
  });

const count = 60;
const all = Array.from({ length: count }, (_, i) => i);
/** Records in which something is wrong, each in one of the arrays. */
const bad = { x: [0, 17], deep: [18, 59], y: [30] };
const wrong = [...bad.x, ...bad.deep, ...bad.y];
const good = all.filter((i) => !wrong.includes(i));

function writeAll(prefix: string, records: readonly number[], isDamaged: boolean): void {
  const has = (one: number, which: readonly number[]): boolean => isDamaged && which.includes(one);
  write(
    `${prefix}x.npy`,
    npyFloats(
      [records.length, 2],
      records.flatMap((i) => [i, has(i, bad.x) ? Infinity : i / 2]),
    ),
  );
  // In float64 and with a number that 32 bits cannot hold, at the end of the record.
  const deep = Float64Array.from(records.flatMap((i) => [i * i, 1, 2, has(i, bad.deep) ? 1e300 : -i]));
  write(`${prefix}deep.npy`, npyBytes({ descr: '<f8', shape: [records.length, 2, 2] }, new Uint8Array(deep.buffer)));
  const classes = Float64Array.from(records, (i) => (has(i, bad.y) ? -1 : i % 3));
  write(`${prefix}y.npy`, npyBytes({ descr: '<f8', shape: [records.length] }, new Uint8Array(classes.buffer)));
}
writeAll('', all, true);
writeAll('clean_', good, false);

const named = (prefix: string) => ({
  inputs: { input: `${prefix}x.npy`, deep: `${prefix}deep.npy` },
  targets: { target: { array: `${prefix}y.npy`, type: 'class' } },
});

const listed = [
  '5 records skipped:',
  '  x.npy: record 0 (counted from 0) holds Infinity, expected finite numbers',
  '  x.npy: record 17 (counted from 0) holds Infinity, expected finite numbers',
  '  deep.npy: record 18 (counted from 0) holds 1e+300, which is no 32-bit number, expected finite numbers',
  '  deep.npy: record 59 (counted from 0) holds 1e+300, which is no 32-bit number, expected finite numbers',
  '  y.npy: record 30 (counted from 0) holds -1, expected a class: a whole number from 0 to 65535',
];

describe('records that cannot be learnt from', () => {
  it.each([512, 0])('are left out and listed, and the others are what they are without them, with %d MB', async (memory_mb) => {
    const clean = await load({ ...named('clean_'), memory_mb });
    logged.length = 0;
    const rest = await load({ ...named(''), memory_mb, on_error: 'skip' });
    expect(logged).toEqual(listed);
    expect(rest.info).toEqual(clean.info);
    expect(await valuesOf(rest)).toEqual(await valuesOf(clean));
    expect(rest.keys).toEqual(clean.keys);
    expect(rest.provenance.filter(({ skipped }) => skipped !== undefined)).toHaveLength(5);
  });

  it('are left out where the split goes by classes', async () => {
    const stratified = new Splitter({ type: 'stratified', column: 'target', seed: 3, validation: 0 });
    const clean = await load(named('clean_'), stratified);
    expect(await valuesOf(await load({ ...named(''), on_error: 'skip' }, stratified))).toEqual(await valuesOf(clean));
  });

  it.each([512, 0])('are left out of each of two given parts, with %d MB', async (memory_mb) => {
    const tested = (prefix: string) => ({
      ...named(prefix),
      test_inputs: { input: `${prefix}x.npy`, deep: `${prefix}deep.npy` },
      test_targets: { target: `${prefix}y.npy` },
      memory_mb,
    });
    const clean = await load(tested('clean_'));
    logged.length = 0;
    const rest = await load({ ...tested(''), on_error: 'skip' });
    expect(logged[0]).toBe('10 records skipped:');
    expect([rest.train.length, rest.test.length]).toEqual([good.length, good.length]);
    expect(await valuesOf(rest)).toEqual(await valuesOf(clean));
    expect(rest.keys).toEqual(clean.keys);
  });

  it('are errors unless the config says so, and so is when none is left', async () => {
    const error = await userError(() => load(named('')));
    expect(error.message).toContain('x.npy: record 0 (counted from 0) holds Infinity');
    expect(error.hint).toContain('`on_error: skip`');
    write('none.npy', npyFloats([count, 2], new Array<number>(2 * count).fill(NaN)));
    const none = await userError(() => load({ ...named(''), inputs: 'none.npy', on_error: 'skip' }));
    expect(none.message).toMatch(/^no record can be learnt from: \S*none\.npy: record 0 .* holds NaN/);
  });

  it('are left out of new records, whose others keep their numbers', async () => {
    const paths = [join(folder, 'x.npy')];
    const inputs = { input: { kind: 'number', shape: [2] } } as const;
    const { records, names, notes } = await readNewArrays(paths, inputs, { skips: true });
    expect(names).toEqual(all.filter((i) => !bad.x.includes(i)).map(String));
    expect(records.length).toBe(count - 2);
    expect([...records.columns.input!.values]).toEqual(names.flatMap((name) => [Number(name), Number(name) / 2]));
    expect(notes.map((line) => line.replaceAll(`${folder}/`, ''))).toEqual(['2 records skipped:', ...listed.slice(1, 3)]);
    // More reasons than a call takes arguments.
    write('many.npy', npyFloats([300_000, 2], new Array<number>(600_000).fill(NaN)));
    const many = await userError(() => readNewArrays([join(folder, 'many.npy')], inputs, { skips: true }));
    expect(many.hint).toContain('300000 records skipped:');
    await expect(readNewArrays(paths, inputs)).rejects.toThrow('holds Infinity');
    await expect(readNewArrays([join(folder, 'none.npy')], inputs, { skips: true })).rejects.toThrow(
      'none of the records can be read',
    );
  });
});
