import Table from 'cli-table3';
import { textWidth } from './text-width.js';

/** `1,199,882` */
export const formatCount = (count: number): string => Math.round(count).toLocaleString('en-US');

/** `4.6 G` */
export function formatLarge(count: number): string {
  const units = ['', 'k', 'M', 'G', 'T', 'P'];
  let index = 0;
  while (count >= 1000 && index < units.length - 1) {
    count /= 1000;
    index++;
  }
  return `${index === 0 ? count : count.toPrecision(3)}${units[index] === '' ? '' : ` ${units[index]}`}`;
}

/** `30.7 KiB`, `4.6 MiB` */
export const formatBytes = (bytes: number): string =>
  bytes < 2 ** 20 ? `${(bytes / 2 ** 10).toFixed(1)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** `0.98765`, `1.234e-7`: five digits, whatever the size. */
export function formatMetric(value: number): string {
  if (!Number.isFinite(value) || value === 0) return String(value);
  return Math.abs(value) < 1e-4 || Math.abs(value) >= 1e6 ? value.toExponential(4) : String(Number(value.toPrecision(5)));
}

/** Loss and metrics on the test set, a row each. */
export function formatTestValues(values: Readonly<Record<string, number>>): string {
  const rows = Object.entries(values).map(([name, value]) => [name.replace('test_', ''), formatMetric(value)]);
  return formatTable(['test', 'value'], rows, [1]);
}

/** Text in lines of at most `width` columns, broken at spaces. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(last) + 1 + textWidth(word) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** As `wrap`, for a terminal of 80 columns: what goes on in another line is indented a little more than the first. */
export function wrapHanging(text: string): string[] {
  const [indent = ''] = /^ */.exec(text) ?? [];
  const [first = '', ...rest] = wrap(text.trimStart(), 78 - indent.length);
  return [indent + first, ...rest.map((line) => `${indent}  ${line}`)];
}

/** `1:02:03`, `2:03` */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const [, minutes, rest] = parts.map((part) => String(part).padStart(2, '0'));
  return parts[0]! > 0 ? `${parts[0]}:${minutes}:${rest}` : `${parts[1]}:${rest}`;
}

/** A table without colours or side rules, numbers to the right; a row of no cells is a rule. */
export function formatTable(head: string[], rows: string[][], rightAligned: readonly number[]): string {
  const none = {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
    'bottom-right': '',
  };
  const table = new Table({
    head,
    chars: { ...none, left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colAligns: head.map((_, i) => (rightAligned.includes(i) ? 'right' : 'left')),
  });
  table.push(...rows);
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
