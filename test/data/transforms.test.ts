import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transforms } from '../../src/catalog/transforms/index.js';
import { userError } from './idx-files.js';

function create(chosen: Record<string, unknown>, inputShape: number[]) {
  const { type, ...options } = transforms.schema().parse(chosen);
  return transforms.get(type).create(options, inputShape);
}

const number = fc.double({ min: -100, max: 100, noNaN: true });
const positive = fc.double({ min: 0.01, max: 100, noNaN: true });
const float = fc.float({ min: -1000, max: 1000, noNaN: true });

/** Within two units in the last place of a float32, of the value or of what was added on the way. */
function close(found: Float32Array, expected: number[], scale: number[]): void {
  expected.forEach((value, i) => expect(Math.abs(found[i]! - value)).toBeLessThanOrEqual(2 ** -23 * scale[i]! + 1e-37));
}

describe('normalize', () => {
  it('is (x - mean) / std with one number for all', () => {
    fc.assert(
      fc.property(
        number,
        positive,
        fc.float32Array({ maxLength: 24, noNaN: true, min: -1000, max: 1000 }),
        (mean, std, given) => {
          const values = given.slice();
          create({ type: 'normalize', mean, std }, [4, 3, 2])(values);
          const expected = [...given].map((x) => (x - mean) / std);
          close(values, expected, expected.map(Math.abs));
        },
      ),
    );
  });

  it('takes one mean and std per channel, the last axis', () => {
    const cases = fc.integer({ min: 1, max: 5 }).chain((channels) => {
      const list = (of: fc.Arbitrary<number>) => fc.array(of, { minLength: channels, maxLength: channels });
      return fc.tuple(
        fc.constant(channels),
        list(number),
        fc.oneof(positive, list(positive)),
        fc.array(list(float), { maxLength: 9 }),
      );
    });
    fc.assert(
      fc.property(cases, ([channels, mean, std, pixels]) => {
        const given = Float32Array.from(pixels.flat());
        const values = given.slice();
        create({ type: 'normalize', mean, std }, [3, channels])(values);
        const expected = [...given].map((x, i) => (x - mean[i % channels]!) / (Array.isArray(std) ? std[i % channels]! : std));
        close(values, expected, expected.map(Math.abs));
      }),
    );
  });

  it('refuses another number of values than channels', async () => {
    const error = await userError(() => create({ type: 'normalize', mean: [0.1, 0.2, 0.3], std: 1 }, [28, 28, 1]));
    expect(error.message).toBe('normalize: mean has 3 values, but the channels (last axis) of records of 28 × 28 × 1 are 1');
    expect(error.exit).toBe('usage');
    expect((await userError(() => create({ type: 'normalize', mean: 0, std: [1, 2] }, [3]))).message).toContain(
      'std has 2 values',
    );
  });

  it.each([{ std: 0 }, { std: -1 }, { std: [1, 0] }, { std: [] }, { std: '1' }, {}, { std: 1, mean: NaN }, { std: 1, sd: 1 }])(
    'does not read %j',
    (options) => {
      expect(transforms.schema().safeParse({ type: 'normalize', mean: 0, ...options }).success).toBe(false);
    },
  );
});

describe('scale', () => {
  it('is x * factor + offset', () => {
    fc.assert(
      fc.property(
        number,
        number,
        fc.float32Array({ maxLength: 24, noNaN: true, min: -1000, max: 1000 }),
        (factor, offset, given) => {
          const values = given.slice();
          create({ type: 'scale', factor, offset }, [1])(values);
          expect([...values]).toEqual([...given].map((x) => Math.fround(x * factor + offset)));
        },
      ),
    );
  });

  it('changes nothing by default', () => {
    const values = Float32Array.of(1, -2);
    create({ type: 'scale' }, [2])(values);
    expect([...values]).toEqual([1, -2]);
  });
});
