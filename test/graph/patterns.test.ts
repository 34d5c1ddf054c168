import { describe, expect, it } from 'vitest';
import { hintForPattern, matches } from '../../src/graph/patterns.js';

const names = ['conv2d_1/kernel', 'conv2d_1/bias', 'dense_1/kernel', 'dense_1/bias', 'a.b/forward/kernel'];
const matched = (pattern: string): string[] => names.filter((name) => matches(pattern, name));

describe('a pattern', () => {
  it.each<[string, string[]]>([
    ['dense_1/bias', ['dense_1/bias']],
    ['*/bias', ['conv2d_1/bias', 'dense_1/bias']],
    ['*kernel', ['conv2d_1/kernel', 'dense_1/kernel', 'a.b/forward/kernel']],
    ['*/kernel', ['conv2d_1/kernel', 'dense_1/kernel', 'a.b/forward/kernel']],
    ['conv2d_?/*', ['conv2d_1/kernel', 'conv2d_1/bias']],
    ['?onv2d_1/b*s', ['conv2d_1/bias']],
    ['*', names],
    ['a.b/*', ['a.b/forward/kernel']],
    // What regular expressions give a meaning has none here.
    ['a?b/*', ['a.b/forward/kernel']],
    ['.*/bias', []],
    ['dense_1/(bias|kernel)', []],
    ['dense_[0-9]/bias', []],
    ['dense_1', []],
    ['ense_1/bias', []],
  ])('%s', (pattern, expected) => expect(matched(pattern)).toEqual(expected));
});

describe('a pattern that matches nothing', () => {
  it.each([
    ['dense_1', 'did you mean "dense_1/*"?'],
    ['dense1', 'did you mean "dense_1/*"?'],
    ['bias', 'did you mean "*/bias"?'],
    ['dense/bias', 'did you mean "dense_1/bias"?'],
    ['*/kernal', 'did you mean "*/kernel"?'],
    ['Conv2d_1/*', 'did you mean "conv2d_1/*"?'],
    ['lstm_1/*', `parameters: ${names.join(', ')}`],
  ])('%s gets a hint', (pattern, hint) => expect(hintForPattern(pattern, names)).toBe(hint));

  it('gets a short list of many parameters', () => {
    const many = Array.from({ length: 40 }, (_, i) => `dense_${i}/kernel`);
    expect(hintForPattern('zzz', many)).toMatch(/^parameters: (dense_\d+\/kernel, ){12}\.\.\.$/);
  });
});
