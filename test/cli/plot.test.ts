import { describe, expect, it } from 'vitest';
import { drawPlot } from '../../src/cli/plot.js';

const x = Array.from({ length: 71 }, (_, i) => 1e-7 * 10 ** (i / 10));

describe('a plot', () => {
  it('fits into 80 columns, with a row of labels at powers of ten', () => {
    const curve = x.map((_, i) => Math.cos(i / 12) + 2);
    const lines = drawPlot({ x, points: curve.map((y) => y + 0.1), curve, top: 3, mark: { at: 1e-3, label: '0.001' } });
    expect(lines).toHaveLength(18);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines[16]!.trim().split(/ +/)).toEqual(['1e-7', '1e-6', '1e-5', '1e-4', '1e-3', '1e-2', '1e-1', '1']);
    // Mark and label stand below the tick of what they mark.
    const column = lines[17]!.indexOf('↑');
    expect(lines[15]![column]).toBe('┬');
    expect(lines[16]!.slice(column - 2, column + 2)).toBe('1e-3');
  });

  it('draws what it is given where it lies', () => {
    expect(drawPlot({ x: [1, 10, 100], points: [0, 2, 2], curve: [0, 1, 9], top: 2 }, 31, 5)).toEqual([
      '       2 ┤          ·         •',
      '         │',
      '       1 ┤          •',
      '         │',
      '       0 ┤•',
      '         └┬─────────┬─────────┬',
      '          1        1e1      1e2',
    ]);
  });

  it('does with one point, with equal values and with a range below a power of ten', () => {
    expect(drawPlot({ x: [0.5], points: [3], curve: [3], top: 3 }).some((line) => line.includes('•'))).toBe(true);
    const lines = drawPlot({ x: [2e-3, 3e-3], points: [1, 1], curve: [1, 1], top: 1, mark: { at: 3e-3, label: '0.003' } });
    expect(lines.at(-2)!.trim().split(/ +/)).toEqual(['2e-3', '3e-3']);
    expect(lines.at(-1)).toMatch(/0\.003 ↑$/);
    expect(lines.join()).not.toContain('NaN');
  });
});
