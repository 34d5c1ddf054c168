import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BatchSource as Source, allRecords, type Batch, type BatchSourceOptions } from '../../src/data/batches.js';
import type { Column, Examples, Field } from '../../src/data/field.js';
import { pointwise } from '../../src/data/byte-table.js';
import { someBytes, userError } from './idx-files.js';

/** Records in memory are there at once. */
class BatchSource extends Source {
  override batch(epoch: number, step: number): Batch {
    return super.batch(epoch, step) as Batch;
  }
}

const inputsOf = ({ values }: Batch) => values.get('input')!;
const targetsOf = ({ values }: Batch) => values.get('target')!;
const copy = (batch: Batch) => ({ inputs: Array.from(inputsOf(batch)), targets: Array.from(targetsOf(batch)), size: batch.size });

const fieldsOf = (...shape: number[]): Record<string, Field> => ({
  input: { kind: 'number', shape },
  target: { kind: 'class', shape: [], classes: 256 },
});

const recordsOf = (length: number, inputs: Column['values'], targets: Column['values']): Examples => ({
  length,
  columns: { input: { values: inputs }, target: { values: targets } },
});

/** Records of `size` bytes whose class is their number. */
function bytes(length: number, size: number): Examples {
  return recordsOf(
    length,
    someBytes(length * size),
    Uint8Array.from({ length }, (_, i) => i),
  );
}

const all = (length: number) => Uint32Array.from({ length }, (_, i) => i);

function source(length: number, batchSize: number, options: Partial<BatchSourceOptions> = {}): BatchSource {
  return new BatchSource({ records: bytes(length, 6), indices: all(length), fields: fieldsOf(3, 2), batchSize, ...options });
}

const sizes = fc
  .integer({ min: 1, max: 200 })
  .chain((length) => fc.tuple(fc.constant(length), fc.integer({ min: 1, max: length }), fc.nat(), fc.nat(1000)));

describe('an order that is not held', () => {
  it('shows every record once an epoch, the last batch smaller, in another order each time', () => {
    const length = 5000;
    const records = recordsOf(
      length,
      new Uint16Array(length).map((_, i) => i),
      new Uint8Array(length),
    );
    const indices = allRecords(length).subarray(1000).slice().reverse();
    const fields: Record<string, Field> = { input: { kind: 'class', shape: [], classes: length }, target: fieldsOf(1).target! };
    const made = new BatchSource({ records, fields, indices, batchSize: 300, shuffleSeed: 5, mostHeld: 3999 });
    const orders = [0, 1, 0].map((epoch) =>
      Array.from({ length: made.stepsPerEpoch }, (_, step) => [...inputsOf(made.batch(epoch, step))]).flat(),
    );
    expect(orders[0]!.slice().sort((a, b) => a - b)).toEqual([...all(length)].slice(1000));
    expect(orders[1]).not.toEqual(orders[0]);
    expect(orders[2]).toEqual(orders[0]);
    expect(orders[0]!.filter((record, i) => record === indices[i]).length).toBeLessThan(10);
    // Any batch is there at once, whatever came before.
    const other = new BatchSource({ records, fields, indices, batchSize: 300, shuffleSeed: 5, mostHeld: 3999 });
    expect([...inputsOf(other.batch(1, 7))]).toEqual(orders[1]!.slice(2100, 2400));
  });
});

describe('BatchSource', () => {
  it('shows every record once an epoch, in another order each time', () => {
    fc.assert(
      fc.property(sizes, ([length, batchSize, seed, epoch]) => {
        const batches = source(length, batchSize, { shuffleSeed: seed });
        const seen: number[] = [];
        for (let step = 0; step < batches.stepsPerEpoch; step++) seen.push(...targetsOf(batches.batch(epoch, step)));
        expect(seen.slice().sort((a, b) => a - b)).toEqual([...all(length)]);
      }),
    );
    const batches = source(100, 100, { shuffleSeed: 1 });
    const first = copy(batches.batch(0, 0)).targets;
    expect(copy(batches.batch(1, 0)).targets).not.toEqual(first);
    expect(copy(source(100, 100, { shuffleSeed: 2 }).batch(0, 0)).targets).not.toEqual(first);
  });

  it('gives any (epoch, step) directly, equal to reaching it in order', () => {
    fc.assert(
      fc.property(sizes, ([length, batchSize, seed, epoch]) => {
        const running = source(length, batchSize, { shuffleSeed: seed });
        const last = running.stepsPerEpoch - 1;
        for (let e = Math.max(0, epoch - 2); e < epoch; e++) running.batch(e, last);
        for (let step = 0; step < last; step++) running.batch(epoch, step);
        const expected = copy(running.batch(epoch, last));
        expect(copy(source(length, batchSize, { shuffleSeed: seed }).batch(epoch, last))).toEqual(expected);
      }),
    );
  });

  it('gives the chosen records in their order without a seed; the last batch is smaller', () => {
    const indices = Uint32Array.of(7, 2, 9, 4, 1);
    const batches = source(10, 2, { indices });
    expect(batches.stepsPerEpoch).toBe(3);
    for (const epoch of [0, 5]) {
      expect([0, 1, 2].map((step) => copy(batches.batch(epoch, step)).targets)).toEqual([[7, 2], [9, 4], [1]]);
    }
    const last = batches.batch(0, 2);
    expect(last.size).toBe(1);
    expect(inputsOf(last)).toEqual(Float32Array.from(someBytes(60).subarray(6, 12), (byte) => byte / 255));
  });

  it('keeps only the chosen records when it shuffles', () => {
    const batches = source(10, 3, { indices: Uint32Array.of(7, 2, 9), shuffleSeed: 1 });
    expect(copy(batches.batch(3, 0)).targets.sort((a, b) => a - b)).toEqual([2, 7, 9]);
  });

  it('reads bytes as value / 255 and floats as themselves, then transforms each batch afresh', () => {
    const floats = recordsOf(2, Float32Array.of(1.5, -2, 300, 0.25), Uint8Array.of(0, 1));
    const add = (values: Float32Array) => values.forEach((value, i) => (values[i] = value + 1));
    const double = (values: Float32Array) => values.forEach((value, i) => (values[i] = value * 2));
    const options = { records: floats, indices: all(2), fields: fieldsOf(2), batchSize: 2 };
    expect([...inputsOf(new BatchSource(options).batch(0, 0))]).toEqual([1.5, -2, 300, 0.25]);
    const transformed = new BatchSource({ ...options, changes: { input: { transforms: [add, double] } } });
    for (let i = 0; i < 2; i++) expect([...inputsOf(transformed.batch(0, 0))]).toEqual([5, -2, 602, 2.5]);
    expect([...floats.columns.input!.values]).toEqual([1.5, -2, 300, 0.25]);

    const everyByte = recordsOf(1, Uint8Array.from(all(256)), Uint8Array.of(0));
    const batches = new BatchSource({ records: everyByte, indices: all(1), fields: fieldsOf(256), batchSize: 1 });
    expect([...inputsOf(batches.batch(0, 0))]).toEqual([...all(256)].map((byte) => Math.fround(byte / 255)));
  });

  it('gives the same bits whether transforms are looked up or computed', () => {
    const shapes = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 20 }));
    const coefficients = fc.array(fc.float({ min: -3, max: 3, noNaN: true }), { minLength: 21, maxLength: 21 });
    fc.assert(
      fc.property(shapes, coefficients, fc.nat(3), ([pixels, channels], weights, leading) => {
        const shift = (values: Float32Array) => {
          for (let i = 0; i < values.length; i++) values[i] = values[i]! * weights[20]! + weights[i % channels]!;
        };
        const reverse = (values: Float32Array) => void values.reverse();
        const options = {
          records: bytes(5, pixels * channels),
          indices: all(5),
          fields: fieldsOf(pixels, channels),
          batchSize: 3,
        };
        const batch = (kind: (transform: typeof shift) => typeof shift) => {
          const transforms = [...Array<typeof shift>(leading).fill(kind(shift)), reverse, kind(shift)];
          const source = new BatchSource({ ...options, changes: { input: { transforms } } });
          return [copy(source.batch(0, 0)), copy(source.batch(0, 1))];
        };
        expect(batch((transform) => pointwise(transform.bind(null)))).toEqual(batch((transform) => transform));
      }),
    );
  });

  it('cuts windows out of one array, and takes bytes and words of class fields for themselves', () => {
    const text = Uint16Array.of(10, 11, 12, 300, 14, 15, 16);
    const field: Field = { kind: 'class', shape: [3], classes: 400 };
    const windows = (values: Column['values']): Examples => ({
      length: 2,
      columns: { input: { values, step: 3 }, target: { values, step: 3, offset: 1 } },
    });
    const fields = { input: field, target: field };
    const batch = new BatchSource({ records: windows(text), fields, indices: all(2), batchSize: 2 }).batch(0, 0);
    expect([...inputsOf(batch)]).toEqual([10, 11, 12, 300, 14, 15]);
    expect([...targetsOf(batch)]).toEqual([11, 12, 300, 14, 15, 16]);
    const bytes = new BatchSource({ records: windows(Uint8Array.from(text)), fields, indices: all(2), batchSize: 2 });
    expect([...inputsOf(bytes.batch(0, 0))]).toEqual([10, 11, 12, 44, 14, 15]);
    const short = () => new BatchSource({ records: windows(text.slice(1)), fields, indices: all(2), batchSize: 2 });
    expect(short).toThrow(RangeError);
  });

  it('uses the same arrays again', () => {
    const batches = source(10, 4, { shuffleSeed: 1 });
    expect(batches.batch(0, 0)).toBe(batches.batch(1, 1));
    expect(batches.batch(0, 2)).toBe(batches.batch(1, 2));
    expect(inputsOf(batches.batch(0, 2)).buffer).toBe(inputsOf(batches.batch(0, 0)).buffer);
  });

  it('refuses a batch larger than the data, with both numbers', async () => {
    const error = await userError(() => source(10, 11));
    expect(error.message).toBe('batch_size is 11, but there are only 10 records');
    expect(error.exit).toBe('usage');
    await userError(() => source(10, 1, { indices: new Uint32Array(0) }));
  });

  it('takes wrong calls as defects', () => {
    for (const step of [-1, 5, NaN]) expect(() => source(10, 2).batch(0, step)).toThrow(RangeError);
    for (const size of [0, 1.5, NaN]) expect(() => source(10, size)).toThrow(RangeError);
    expect(() => source(10, 2, { indices: Uint32Array.of(3, 10) })).toThrow(RangeError);
    expect(() => source(10, 2, { fields: fieldsOf(7) })).toThrow(RangeError);
  });
});
