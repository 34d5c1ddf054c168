import { describe, expect, it } from 'vitest';
import { wrap } from '../../src/cli/format.js';
import { cut, textWidth } from '../../src/cli/text-width.js';

describe('the columns of a text', () => {
  it.each([
    ['abc', 3],
    ['Dreieck ü', 9],
    ['u\u0308', 1],
    ['正方形', 6],
    ['ひらカタ한글', 12],
    ['ｱｲ', 2],
    ['Ａ，', 4],
    ['😀.', 3],
    ['▀▁█…', 4],
    ['\u001b[38;2;1;2;3mab\u001b[0m', 2],
  ])('%s', (text, width) => {
    expect(textWidth(text)).toBe(width);
  });

  it('say where it is cut and broken', () => {
    expect(cut('正方形', 6)).toBe('正方形');
    expect(cut('正方形', 5)).toBe('正方…');
    expect(cut('正方形', 4)).toBe('正…');
    expect(cut('abcdef', 4)).toBe('abc…');
    expect(wrap('正方 正方 ab', 7)).toEqual(['正方', '正方 ab']);
  });
});
