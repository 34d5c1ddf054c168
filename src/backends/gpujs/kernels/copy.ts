import { rowMajorStrides, size } from '../../../shape.js';
import type { KernelGenerator, Stage, StageOperand } from './kernel.js';
import { KernelText } from './kernel-text.js';

/** `0` where every term is, else their sum. */
const sumOf = (terms: readonly string[]): string => terms.filter((term) => term !== '0').join(' + ') || '0';
const times = (position: string, factor: number): string =>
  position === '0' ? '0' : factor === 1 ? position : `${position} * ${factor}`;

export const transpose: KernelGenerator<'transpose'> = ({ attributes: { axes }, inputs: [x], output }) => {
  const text = new KernelText();
  const strides = rowMajorStrides(x!);
  const positions = text.positions(text.element(), output);
  const source = sumOf(positions.map((position, i) => times(position, strides[axes[i]!]!)));
  return [{ source: text.finish(['a'], `a[${source}]`), length: size(output), operands: [{ input: 0 }] }];
};

export const slice: KernelGenerator<'slice'> = ({ attributes: { starts }, inputs: [x], output }) => {
  const text = new KernelText();
  const strides = rowMajorStrides(x!);
  const positions = text.positions(text.element(), output);
  const offset = starts.reduce((sum, start, axis) => sum + start * strides[axis]!, 0);
  const source = sumOf([...positions.map((position, axis) => times(position, strides[axis]!)), String(offset)]);
  return [{ source: text.finish(['a'], `a[${source}]`), length: size(output), operands: [{ input: 0 }] }];
};

export const pad: KernelGenerator<'pad'> = ({ attributes: { before }, inputs: [x], output }) => {
  const text = new KernelText();
  const strides = rowMajorStrides(x!);
  const positions = text.positions(text.element(), output);
  const conditions: string[] = [];
  const terms = positions.map((position, axis) => {
    const [start, end] = [before[axis]!, before[axis]! + x![axis]!];
    if (start > 0) conditions.push(`${position} >= ${start}`);
    if (end < output[axis]!) conditions.push(`${position} < ${end}`);
    return position === '0' ? '0' : times(start === 0 ? position : `(${position} - ${start})`, strides[axis]!);
  });
  text.append('let value = 0;');
  const read = `value = a[${sumOf(terms)}];`;
  text.append(conditions.length === 0 ? read : `if (${conditions.join(' && ')}) {\n${read}\n}`);
  return [{ source: text.finish(['a'], 'value'), length: size(output), operands: [{ input: 0 }] }];
};

/** Tensors that one kernel joins: it may read seven. */
const joinedAtOnce = 6;

/** Joins the first few inputs, and what has been joined with the next few. */
export const concatenate: KernelGenerator<'concatenate'> = ({ attributes: { axis }, inputs }) => {
  const [shape] = inputs;
  const outer = size(shape!.slice(0, axis));
  const inner = size(shape!.slice(axis + 1));
  const lengths = inputs.map((input) => input[axis]!);
  let [joined, length]: [StageOperand, number] = [{ input: 0 }, lengths[0]!];
  const stages: Stage[] = [];
  for (let next = 1; next < inputs.length || stages.length === 0; next += joinedAtOnce - 1) {
    const more = lengths.slice(next, next + joinedAtOnce - 1);
    const operands = [joined, ...more.map((_, i): StageOperand => ({ input: next + i }))];
    stages.push(join(outer, inner, [length, ...more], operands));
    joined = { stage: stages.length - 1 };
    length += more.reduce((sum, one) => sum + one, 0);
  }
  return stages;
};

function join(outer: number, inner: number, lengths: readonly number[], operands: readonly StageOperand[]): Stage {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const text = new KernelText();
  const [o, position, i] = text.positions(text.element(), [outer, total, inner]) as [string, string, string];
  text.append('let value = 0;');
  let start = 0;
  const branches = lengths.map((length, k) => {
    const along = `(${o} * ${length} + ${position} - ${start})`;
    const branch = `if (${position} >= ${start} && ${position} < ${start + length}) {\nvalue = a${k}[${along} * ${inner} + ${i}];\n}`;
    start += length;
    return branch;
  });
  text.append(branches.join('\n'));
  const parameters = lengths.map((_, k) => `a${k}`);
  return { source: text.finish(parameters, 'value'), length: outer * total * inner, operands };
}

export const gather: KernelGenerator<'gather'> = ({ inputs: [table], output }) => {
  const [rows, width] = table as readonly [number, number];
  const text = new KernelText();
  const [index, column] = text.positions(text.element(), [size(output) / width, width]) as [string, string];
  const row = text.bind(`Math.max(0, Math.min(${rows - 1}, indices[${index}]))`);
  const source = text.finish(['table', 'indices'], `table[${row} * ${width} + ${column}]`);
  return [{ source, length: size(output), operands: [{ input: 0 }, { input: 1 }] }];
};

/** Every element of the result looks through all indices for its row: no two threads write to one place. */
export const scatterAdd: KernelGenerator<'scatter_add'> = ({ attributes: { rows }, inputs: [indices], output }) => {
  const text = new KernelText();
  const width = output[1]!;
  const [row, column] = text.positions(text.element(), output) as [string, string];
  text.append('let sum = 0;');
  text.append(
    `for (let i = 0; i < ${size(indices!)}; i++) {\nconst index = Math.max(0, Math.min(${rows - 1}, indices[i]));\n` +
      `if (index === ${row}) {\nsum += a[i * ${width} + ${column}];\n}\n}`,
  );
  return [{ source: text.finish(['indices', 'a'], 'sum'), length: size(output), operands: [{ input: 0 }, { input: 1 }] }];
};
