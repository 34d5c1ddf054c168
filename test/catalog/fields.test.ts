import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { padding, pair, window2d } from '../../src/catalog/fields.js';
import { slide } from '../../src/ops/conv2d.js';

describe('pair', () => {
  it('takes one number for both axes, or two', () => {
    expect(pair().parse(3)).toEqual([3, 3]);
    expect(pair().parse([1, 2])).toEqual([1, 2]);
    for (const wrong of [0, -1, 1.5, [1], [1, 2, 3], [0, 1], '3']) expect(pair().safeParse(wrong).success).toBe(false);
  });
});

describe('padding', () => {
  it('is valid by default, same, or a number', () => {
    expect(padding().parse(undefined)).toBe('valid');
    expect(padding().parse('same')).toBe('same');
    expect(padding().parse(2)).toBe(2);
    for (const wrong of ['full', -1, 0.5]) expect(padding().safeParse(wrong).success).toBe(false);
  });
});

describe('window2d', () => {
  it('pads not at all, or by a number on every side', () => {
    const none = { top: 0, bottom: 0, left: 0, right: 0 };
    expect(window2d([1, 5, 5, 1], [3, 3], { strides: [1, 1], padding: 'valid' }).padding).toEqual(none);
    const two = { top: 2, bottom: 2, left: 2, right: 2 };
    expect(window2d([1, 5, 5, 1], [3, 3], { strides: [1, 1], padding: 2 }).padding).toEqual(two);
  });

  it('puts the odd row and column of same at the end, as TensorFlow does', () => {
    const { padding } = window2d([1, 6, 5, 1], [2, 4], { strides: [1, 1], padding: 'same' });
    expect(padding).toEqual({ top: 0, bottom: 1, left: 1, right: 2 });
  });

  it('keeps ceil(size / stride) with same, whatever the window', () => {
    const small = fc.integer({ min: 1, max: 6 });
    const two = fc.tuple(small, small);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 20 }),
        two,
        two,
        two,
        (height, width, kernel, strides, dilation) => {
          const shape = [1, height, width, 1];
          const window = window2d(shape, kernel, { strides, dilation, padding: 'same' });
          expect(slide(shape, kernel, window)).toEqual([Math.ceil(height / strides[0]), Math.ceil(width / strides[1])]);
        },
      ),
      { seed: 7, numRuns: 300 },
    );
  });
});
