import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rearrange } from '../../src/data/rearrange.js';
import { permutation } from '../../src/random.js';

it('records are put into any order where they lie', () => {
  fc.assert(
    fc.property(fc.nat(40), fc.integer({ min: 1, max: 5 }), fc.nat(), (records, size, key) => {
      const values = Uint16Array.from({ length: records * size }, (_, i) => i);
      const order = permutation(records, key);
      const expected = [...order].flatMap((record) => [...values.subarray(record * size, (record + 1) * size)]);
      rearrange(values, size, order);
      expect([...values]).toEqual(expected);
    }),
  );
});
