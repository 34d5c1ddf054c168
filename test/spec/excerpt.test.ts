import { describe, expect, it } from 'vitest';
import { excerpt, quote } from '../../src/spec/excerpt.js';
import { editDistance, nearestName } from '../../src/spec/nearest-name.js';
import { newSource } from '../../src/spec/source.js';

describe('the excerpt of a source line', () => {
  const show = (text: string, word: string) => {
    const source = newSource('file', 'x.yaml', text);
    source.lines.addNewLine(0);
    const start = text.indexOf(word);
    return excerpt({ source, start, end: start + word.length }).split('\n');
  };

  it.each([0, 10, 60, 70, 77, 100, 400, 491, 495])('keeps within 80 columns around column %i', (column) => {
    const text = `${'.'.repeat(column)}HERE${'.'.repeat(500 - column - 4)}`;
    const [line, caret] = show(text, 'HERE');
    expect(line!.length).toBeLessThanOrEqual(80);
    expect([...caret!].map((mark, i) => (mark === '^' ? line![i] : '')).join('')).toBe('HERE');
    expect(line!.replace(/^ {2}1 \| /, '')).toMatch(column === 0 ? /^HERE.*…$/ : column === 495 ? /^…/ : /HERE/);
  });

  it('marks only the first line of a longer part, and at least one column', () => {
    expect(show('abc\ndef', 'abc\ndef')).toEqual(['  1 | abc', '      ^^^']);
    expect(show('', '')).toEqual(['  1 |', '      ^']);
    expect(show('x'.repeat(300), 'x'.repeat(300)).every((line) => line.length <= 80)).toBe(true);
  });

  it('marks what is missing at the end of a long line', () => {
    const source = newSource('file', 'x.yaml', 'x'.repeat(300));
    source.lines.addNewLine(0);
    const [line, caret] = excerpt({ source, start: 300, end: 301 }).split('\n');
    expect([line!.length, caret!.length]).toEqual([79, 80]);
    expect(caret).toMatch(/^ +\^$/);
  });

  it('shows tabs as one column', () => {
    expect(show('a:\tb', 'b')).toEqual(['  1 | a: b', '         ^']);
  });
});

describe('quote', () => {
  it('cuts long text', () => {
    expect(quote('x'.repeat(100))).toBe(`"${'x'.repeat(40)}…"`);
  });
});

describe('nearest name', () => {
  it('counts inserts, deletions, replacements and swaps', () => {
    expect([
      editDistance('unit', 'units'),
      editDistance('units', 'unist'),
      editDistance('', 'abc'),
      editDistance('abc', 'xyz'),
    ]).toEqual([1, 1, 3, 3]);
  });

  it('suggests what is near, spelt otherwise or abbreviated', () => {
    const names = ['units', 'batch_size', 'learning_rate', 'conv2d', 'adam', 'adamw'];
    expect(['untis', 'BatchSize', 'lr', 'conv2', 'adma', 'xyz', ''].map((word) => nearestName(word, names))).toEqual([
      'units',
      'batch_size',
      'learning_rate',
      'conv2d',
      'adam',
      undefined,
      undefined,
    ]);
  });
});
