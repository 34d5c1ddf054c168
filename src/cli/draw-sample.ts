import type { Field } from '../catalog/dataset.js';
import { labelsOf } from '../train/examine.js';
import { formatMetric } from './format.js';
import { type Colors, colorCode } from './terminal-colors.js';
import { cut, textWidth } from './text-width.js';

/** From dark to bright. */
const ramp = ' .:-=+*#%@';
const bars = '▁▂▃▄▅▆▇█';

export interface DrawOptions {
  /** Columns to draw in. */
  readonly width: number;
  /** What the terminal shows. */
  readonly colors: Colors;
}

/** Height, width and channels of a field that is a picture, or can be shown as one: a mask. */
export function pictureOf({ kind, shape }: Field): { height: number; width: number; channels: number } | undefined {
  const [height, width, channels] = shape;
  if (kind === 'class' && shape.length === 2) return { height: height!, width: width!, channels: 1 };
  if (kind !== 'number' || shape.length !== 3 || (channels !== 1 && channels !== 3)) return undefined;
  return { height: height!, width: width!, channels };
}

/** The values of a picture. Of a mask the first class is black, and the others are greys that are told from it. */
export const pictureValues = (values: Float32Array, field: Field): Float32Array =>
  field.kind === 'number' ? values : values.map((place) => (place === 0 ? 0 : 0.3 + (0.7 * place) / (field.classes - 1)));

/** Draws the values of one record in text: a picture, words, a curve or numbers. */
export function drawValues(values: Float32Array, field: Field, options: DrawOptions): string[] {
  const picture = pictureOf(field);
  if (picture !== undefined) return drawPicture(pictureValues(values, field), picture, options);
  if (field.kind === 'class') return [cut(drawClasses(values, field), options.width)];
  if (field.sampleRate !== undefined && field.shape.length > 0) return [drawLoudness(values, options.width)];
  if (field.shape.length === 2) return [drawCurve(values, field.shape, options.width)];
  return [drawNumbers(values, options.width)];
}

/** As many numbers as there is room for. */
function drawNumbers(values: Float32Array, width: number): string {
  const numbers = [...values.slice(0, 12)].map((value) => formatMetric(Number(value.toPrecision(3))));
  for (let count = numbers.length; count > 0; count--) {
    const more = values.length > count ? `, … (${values.length} in all)` : '';
    const text = numbers.slice(0, count).join(', ') + more;
    if (text.length <= width || count === 1) return cut(text, width);
  }
  return '';
}

/** A text of the data without marks that a terminal would take as commands, and with line ends as what they are written as. */
export const visible = (text: string): string => text.replaceAll('\n', '⏎').replace(/\p{Cc}/gu, '');

/** Letters side by side, words with spaces, and line ends as what they are written as. */
function drawClasses(values: Float32Array, field: Field): string {
  const labels = labelsOf(field);
  const words = [...values].map((value) => labels[value] ?? String(value));
  const areLetters = field.shape.length > 0 && labels.every((label) => [...label].length <= 1);
  return visible(words.join(areLetters ? '' : ' ')).trim(); // padding, start and end are such marks
}

/** The first feature of a sequence, from its least to its largest value. */
function drawCurve(values: Float32Array, [steps = 0, features = 1]: readonly number[], width: number): string {
  const note = features > 1 ? ` (the first of ${features})` : '';
  const room = Math.max(1, width - note.length);
  const curve = stretches(steps, room).map(([from, to]) => meanOf(from, to, (i) => values[i * features]!));
  const [low, high] = [Math.min(...curve), Math.max(...curve)];
  return cut(curve.map((value) => barOf((value - low) / (high - low || 1))).join('') + note, width);
}

/** How loud a sound is from its start to its end: the root mean square of stretches, of which the loudest is a full bar. */
function drawLoudness(values: Float32Array, width: number): string {
  const curve = stretches(values.length, width).map(([from, to]) => Math.sqrt(meanOf(from, to, (i) => values[i]! ** 2)));
  const most = Math.max(...curve) || 1;
  return curve.map((value) => barOf(value / most)).join('');
}

const barOf = (part: number): string => bars[Math.round(part * (bars.length - 1))]!;

/** At most `most` stretches of about one length, as `[from, to)`. */
function stretches(length: number, most: number): [number, number][] {
  const count = Math.min(length, most);
  return Array.from({ length: count }, (_, i) => [Math.floor((i * length) / count), Math.floor(((i + 1) * length) / count)]);
}

function meanOf(from: number, to: number, value: (i: number) => number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += value(i);
  return sum / (to - from);
}

function drawPicture(
  values: Float32Array,
  { height, width, channels }: { height: number; width: number; channels: number },
  { width: room, colors }: DrawOptions,
): string[] {
  const shrink = Math.max(1, width / room);
  const [columns, rows] = [Math.floor(width / shrink), Math.floor(height / shrink)];
  const scale = rangeOf(values);
  /** The mean of the pixels that a place stands for. */
  const at = (row: number, column: number, channel: number): number => {
    let [sum, count] = [0, 0];
    for (let y = Math.floor(row * shrink); y < Math.max(Math.floor(row * shrink) + 1, Math.floor((row + 1) * shrink)); y++) {
      for (
        let x = Math.floor(column * shrink);
        x < Math.max(Math.floor(column * shrink) + 1, Math.floor((column + 1) * shrink));
        x++
      ) {
        sum += values[(y * width + x) * channels + channel]!;
        count++;
      }
    }
    return (sum / count - scale.low) / scale.range;
  };
  const lines: string[] = [];
  for (let row = 0; row < rows; row += 2) {
    let line = '';
    for (let column = 0; column < columns; column++) {
      const below = Math.min(row + 1, rows - 1);
      if (colors !== 'none') line += half(rgb(at, row, column, channels), rgb(at, below, column, channels), colors);
      else {
        const both = [row, below].map((y) => rgb(at, y, column, channels).reduce((a, b) => a + b, 0) / 3);
        line += ramp[Math.min(ramp.length - 1, Math.floor(((both[0]! + both[1]!) / 510) * ramp.length))];
      }
    }
    lines.push(colors === 'none' ? line : `${line}\u001b[0m`);
  }
  return lines;
}

/** Bytes are shown as they are; what transforms have moved elsewhere from its smallest to its largest value, in all pictures that are given. */
export function rangeOf(...pictures: readonly Float32Array[]): { low: number; range: number } {
  let [low, high] = [Infinity, -Infinity];
  for (const values of pictures) for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return low >= 0 && high <= 1 ? { low: 0, range: 1 } : { low, range: high - low || 1 };
}

type At = (row: number, column: number, channel: number) => number;

const rgb = (at: At, row: number, column: number, channels: number): [number, number, number] => {
  const byteOf = (channel: number): number =>
    Math.round(255 * Math.min(1, Math.max(0, at(row, column, Math.min(channel, channels - 1)))));
  return [byteOf(0), byteOf(1), byteOf(2)];
};

/** The upper half of a character in one colour, the lower in another. */
const half = (upper: ReturnType<typeof rgb>, lower: ReturnType<typeof rgb>, colors: Colors): string =>
  `${colorCode(38, upper, colors)}${colorCode(48, lower, colors)}▀`;

/** Blocks of lines side by side, each `width` columns wide, as many in a row as `total` columns hold. */
export function sideBySide(blocks: readonly (readonly string[])[], width: number, total: number): string[] {
  const perRow = Math.max(1, Math.floor((total + 2) / (width + 2)));
  const lines: string[] = [];
  for (let first = 0; first < blocks.length; first += perRow) {
    const row = blocks.slice(first, first + perRow);
    const height = Math.max(...row.map((block) => block.length));
    for (let i = 0; i < height; i++) {
      lines.push(
        row
          .map((block) => pad(block[i] ?? '', width))
          .join('  ')
          .trimEnd(),
      );
    }
    lines.push('');
  }
  return lines;
}

const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - textWidth(text)));
