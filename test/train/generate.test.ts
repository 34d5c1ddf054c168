import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sample } from '../../src/train/generate.js';

const logits = [1, 3, 2, 0];
const shares = (sampling: Parameters<typeof sample>[1], draws = 20_000): number[] => {
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < draws; i++) counts[sample(logits, sampling, (i + 0.5) / draws)]!++;
  return counts.map((count) => count / draws);
};
const softmax = (values: number[], temperature = 1): number[] => {
  const powers = values.map((value) => Math.exp(value / temperature));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
};

describe('sample', () => {
  it('draws with the probabilities of the softmax, sharper or flatter with the temperature', () => {
    for (const temperature of [0.5, 1, 2]) {
      shares({ temperature }).forEach((share, i) => expect(share).toBeCloseTo(softmax(logits, temperature)[i]!, 2));
    }
  });

  it('takes the likeliest at temperature 0, the first of equal ones', () => {
    expect(sample([1, 5, 5], { temperature: 0 }, 0.99)).toBe(1);
  });

  it('draws from the k likeliest alone, in the same proportion', () => {
    const [, first, second] = softmax([-Infinity, 3, 2, -Infinity]);
    const found = shares({ temperature: 1, topK: 2 });
    expect(found[0]).toBe(0);
    expect(found[3]).toBe(0);
    expect(found[1]).toBeCloseTo(first!, 2);
    expect(found[2]).toBeCloseTo(second!, 2);
  });

  it('draws from the smallest set of likeliest ones that reaches p', () => {
    // Probabilities 0.644, 0.237, 0.087, 0.032.
    expect(shares({ temperature: 1, topP: 0.6 })).toEqual([0, 1, 0, 0]);
    const two = shares({ temperature: 1, topP: 0.7 });
    expect([two[0], two[3]]).toEqual([0, 0]);
    expect(shares({ temperature: 1, topP: 0.9 })[3]).toBe(0);
  });

  it('always gives a place of the list, however large the logits and wherever the number falls', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 20 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.double({ min: 0.01, max: 10, noNaN: true }),
        fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
        fc.option(fc.double({ min: 0.01, max: 1, noNaN: true }), { nil: undefined }),
        (values, uniform, temperature, topK, topP) => {
          const drawn = sample(values, { temperature, topK, topP }, uniform);
          expect(drawn).toBeGreaterThanOrEqual(0);
          expect(drawn).toBeLessThan(values.length);
        },
      ),
    );
  });
});
