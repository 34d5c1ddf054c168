import { describe, expect, it } from 'vitest';
import type { Field } from '../../src/data/field.js';
import type { Prediction } from '../../src/graph/predictions.js';
import { type Answer, answerOf, answerShape, targetValue } from '../../src/train/answers.js';

const field = (shape: number[], classes: number, labels?: string[]): Field => ({
  kind: 'class',
  shape,
  classes,
  ...(labels === undefined ? {} : { labels }),
});
const prediction = (more: Partial<Prediction>): Prediction => ({
  name: 'target',
  target: 'target',
  field: field([], 3, ['a', 'b', 'c']),
  kind: 'classes',
  isProbability: true,
  shape: [3],
  ...more,
});
const answer = (more: Partial<Prediction>, values: number[]): Answer => answerOf(prediction(more), Float32Array.from(values));

describe('an answer', () => {
  it('is the class with the largest probability, the first of equal ones', () => {
    expect(answer({}, [0.2, 0.5, 0.3])).toEqual({
      value: 'b',
      certainty: 0.5,
      classes: [
        ['a', 0.2],
        ['b', 0.5],
        ['c', 0.3],
      ],
    });
    expect(answer({}, [0.4, 0.2, 0.4]).value).toBe('a');
    expect(answer({ field: field([], 3) }, [0, 0, 1]).value).toBe(2);
  });

  it('of one probability is the second class above a half', () => {
    const one = { kind: 'one' as const, field: field([], 2, ['ham', 'spam']), shape: [1] };
    expect(answer(one, [0.75])).toEqual({
      value: 'spam',
      certainty: 0.75,
      classes: [
        ['ham', 0.25],
        ['spam', 0.75],
      ],
    });
    expect(answer(one, [0.25])).toEqual({
      value: 'ham',
      certainty: 0.75,
      classes: [
        ['ham', 0.75],
        ['spam', 0.25],
      ],
    });
  });

  it('of one score is the second class above 0', () => {
    const one = { kind: 'one' as const, isProbability: false, field: field([], 2, ['no', 'yes']), shape: [1] };
    expect(answer(one, [0.25])).toEqual({ value: 'yes', certainty: 0.25, classes: [['yes', 0.25]] });
    expect(answer(one, [-2])).toEqual({ value: 'no', certainty: -2, classes: [['yes', -2]] });
  });

  it('of a picture of classes is a list of lists', () => {
    const mask = { field: field([2, 2], 2, ['back', 'front']), shape: [2, 2, 2] };
    expect(answer(mask, [0.75, 0.25, 0.5, 0.5, 0.25, 0.75, 0, 1])).toEqual({
      value: [
        ['back', 'back'],
        ['front', 'front'],
      ],
      certainty: [
        [0.75, 0.5],
        [0.75, 1],
      ],
    });
  });

  it('of steps with blanks is what they read as', () => {
    const path = { field: field([3], 3, ['', 'a', 'b']), shape: [6, 3], blank: 0 };
    const steps = [1, 1, 0, 1, 2, 2].flatMap((place) => [0, 1, 2].map((i) => (i === place ? 0.8 : 0.1)));
    expect(answer(path, steps)).toEqual({ value: ['a', 'a', 'b'] });
    expect(
      answer(
        path,
        [0, 0, 0, 0, 0, 0].flatMap(() => [1, 0, 0]),
      ),
    ).toEqual({ value: [] });
    expect(targetValue(prediction(path), Float32Array.of(2, 1, 0))).toEqual(['b', 'a']);
  });

  it('of numbers is what they stood for before they were scaled', () => {
    const scale = { mean: [10, 100], deviation: [2, 50] };
    const numbers = { kind: 'numbers' as const, isProbability: false };
    const pairs = { ...numbers, field: { kind: 'number' as const, shape: [2, 2], scale }, shape: [2, 2] };
    expect(answer(pairs, [0, 0, 1, -1])).toEqual({
      value: [
        [10, 100],
        [12, 50],
      ],
    });
    expect(targetValue(prediction(pairs), Float32Array.of(0, 0, 1, -1))).toEqual([
      [10, 100],
      [12, 50],
    ]);
    const single = { ...numbers, field: { kind: 'number' as const, shape: [] }, shape: [1] };
    expect(answer(single, [Math.fround(0.1)])).toEqual({ value: 0.1 });
    expect(answerShape(prediction(single))).toEqual([]);
  });
});
