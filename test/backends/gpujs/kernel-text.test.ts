import { describe, expect, it } from 'vitest';
import { KernelText, literal } from '../../../src/backends/gpujs/kernels/kernel-text.js';
import { randomInteger } from '../../../src/random.js';

/** What a shader may make of a division: float32, and 2.5 units in the last place off. */
const sloppyDivision =
  (units: number) =>
  (a: number, b: number): number => {
    const exact = Math.fround(a) / b;
    return Math.fround(exact * (1 + units * 2 ** -23));
  };

/** The position of the thread along each axis, by a kernel's own statements in float32 with such a division. */
function positions(shape: readonly number[]): (element: number, divide: (a: number, b: number) => number) => number[] {
  const text = new KernelText();
  const names = text.positions(text.element(), shape);
  const body = text
    .finish([], `[${names.join(', ')}]`)
    .replace(/^function\(\) \{/, '')
    .replace(/\}$/, '')
    .replace(/this\.thread\.x/, 'element')
    .replace(/Math\.floor\((.*) \/ (\d+)\);/g, 'Math.floor(divide($1, $2));');
  return new Function('element', 'divide', body) as never;
}

describe('positions in a kernel', () => {
  const shapes = [
    [3, 5, 7],
    [64, 28, 28, 1],
    [1, 1, 1],
    [1100, 1009],
    [4096, 4096],
    [7, 2396745],
    [5592405, 3],
    [3, 1, 5592405],
  ];
  for (const shape of shapes) {
    it(`are right over ${JSON.stringify(shape)} where divisions are not exact`, () => {
      const at = positions(shape);
      const total = shape.reduce((a, b) => a * b, 1);
      const inner = shape.at(-1)!;
      for (let i = 0; i < 3000; i++) {
        // Half of them next to a multiple of the last axis, where a quotient is most easily wrong.
        const random = randomInteger(shape.length, i) % total;
        const element =
          i % 2 === 0 ? random : Math.max(0, Math.min(total - 1, Math.floor(random / inner) * inner - (i % 4 === 1 ? 1 : 0)));
        let rest = element;
        const expected = [...shape].reverse().map((length) => {
          const position = rest % length;
          rest = Math.floor(rest / length);
          return position;
        });
        for (const units of [-2.5, 0, 2.5]) {
          expect(at(element, sloppyDivision(units)), `${element}, ${units} units off`).toEqual(expected.reverse());
          expected.reverse();
        }
      }
    });
  }
});

describe('a kernel', () => {
  it('computes equal expressions once', () => {
    const text = new KernelText();
    expect(text.bind('a + b')).toBe(text.bind('a + b'));
    expect(text.finish(['a', 'b'], 't0')).toBe('function(a, b) {\nconst t0 = a + b;\nreturn t0;\n}');
  });

  it('spells numbers so that every mode reads them', () => {
    expect([0.1, -2, 1e21, Infinity, -Infinity, -0].map(literal)).toEqual([
      '0.1',
      '(-2)',
      '1e+21',
      '3.4028234663852886e+38',
      '(-3.4028234663852886e+38)',
      '(0)',
    ]);
    expect(() => literal(NaN)).toThrow('not a number');
  });
});
