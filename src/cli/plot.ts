import { formatMetric } from './format.js';

/** A curve over a logarithmic axis, and points that it was made of. */
export interface Plot {
  readonly x: readonly number[];
  /** Drawn as small dots. */
  readonly points: readonly number[];
  /** Drawn as large dots, over the points. */
  readonly curve: readonly number[];
  /** What lies above is drawn in the top row. */
  readonly top: number;
  /** A place on the x axis, and what stands beside it. */
  readonly mark?: { readonly at: number; readonly label: string };
}

const labelWidth = 8;

/** Draws a plot in text, `width` columns wide and with `height` rows of dots. */
export function drawPlot({ x, points, curve, top, mark }: Plot, width = 80, height = 15): string[] {
  const columns = width - labelWidth - 2;
  const bottom = Math.min(...points, ...curve);
  const [first, last] = [Math.log(x[0]!), Math.log(x.at(-1)!)];
  const columnOf = (value: number): number =>
    last > first ? Math.round(((Math.log(value) - first) / (last - first)) * (columns - 1)) : 0;
  const rowOf = (value: number): number =>
    top > bottom ? Math.max(0, Math.round(((top - value) / (top - bottom)) * (height - 1))) : height - 1;

  const rows = Array.from({ length: height }, () => new Array<string>(columns).fill(' '));
  points.forEach((value, i) => (rows[rowOf(value)]![columnOf(x[i]!)] = '·'));
  curve.forEach((value, i) => (rows[rowOf(value)]![columnOf(x[i]!)] = '•'));
  const labelled = new Map(
    [0, (height - 1) / 2, height - 1].map((row) => [Math.round(row), top + ((bottom - top) * row) / (height - 1)]),
  );
  const lines = rows.map((row, i) => {
    const value = labelled.get(i);
    const label = value === undefined ? '' : formatMetric(Number(value.toPrecision(3)));
    return `${label.padStart(labelWidth)} ${value === undefined ? '│' : '┤'}${row.join('')}`.trimEnd();
  });

  const axis = new Array<string>(columns).fill('─');
  const labels = new Array<string>(columns + labelWidth).fill(' ');
  let free = 0;
  for (const value of ticks(x[0]!, x.at(-1)!)) {
    const column = columnOf(value);
    axis[column] = '┬';
    const text = formatTick(value);
    const start = Math.max(0, Math.min(column - Math.floor(text.length / 2), columns - text.length));
    if (start < free) continue;
    [...text].forEach((letter, i) => (labels[start + i] = letter));
    free = start + text.length + 1;
  }
  const indent = ' '.repeat(labelWidth + 2);
  lines.push(`${' '.repeat(labelWidth + 1)}└${axis.join('')}`, `${indent}${labels.join('')}`.trimEnd());
  if (mark !== undefined) {
    const column = columnOf(mark.at);
    const text = column + 2 + mark.label.length <= columns ? `↑ ${mark.label}` : `${mark.label} ↑`;
    const start = text.startsWith('↑') ? column : column - text.length + 1;
    lines.push(`${indent}${' '.repeat(Math.max(0, start))}${text}`);
  }
  return lines;
}

/** The powers of 10 within a range, or its ends where there are fewer than two. */
function ticks(min: number, max: number): number[] {
  const powers: number[] = [];
  for (let power = Math.ceil(Math.log10(min) - 1e-9); power <= Math.log10(max) + 1e-9; power++) powers.push(10 ** power);
  return powers.length < 2 ? [min, max] : powers;
}

const formatTick = (value: number): string => {
  const [digits, exponent] = value.toExponential(1).split('e') as [string, string];
  return `${digits.replace(/\.0$/, '')}e${exponent.replace('+', '')}`.replace(/e0$/, '');
};
