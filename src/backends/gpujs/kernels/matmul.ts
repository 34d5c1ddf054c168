import { size } from '../../../shape.js';
import type { KernelGenerator } from './kernel.js';
import { KernelText } from './kernel-text.js';

/** Products added before they reach the running sum: fewer loop steps, and a rounding error smaller by as much. */
const unrolled = 4;

export const matmul: KernelGenerator<'matmul'> = ({ attributes: { transposeA, transposeB }, inputs: [a], output }) => {
  const rank = output.length;
  const [m, n] = [output[rank - 2]!, output[rank - 1]!];
  const depth = a![rank - (transposeA ? 2 : 1)]!;
  const text = new KernelText();
  const shape = [size(output.slice(0, -2)), m, n];
  const [batch, row, column] = text.positions(text.element(), shape) as [string, string, string];
  const startA = text.bind(`${batch} * ${m * depth} + ${row}${transposeA ? '' : ` * ${depth}`}`);
  const startB = text.bind(`${batch} * ${depth * n} + ${column}${transposeB ? ` * ${depth}` : ''}`);
  const strideA = transposeA ? m : 1;
  const strideB = transposeB ? 1 : n;
  const products = (first: string, count: number, offset: number): string =>
    Array.from({ length: count }, (_, i) => {
      const indexA = `${first}${startA} + ${(offset + i) * strideA}`;
      const indexB = `${first === '' ? '' : 'q + '}${startB} + ${(offset + i) * strideB}`;
      return `a[${indexA}] * b[${indexB}]`;
    }).join(' + ');
  const whole = Math.floor(depth / unrolled);
  text.append('let sum = 0;');
  if (whole > 0) {
    text.append(
      `for (let k = 0; k < ${whole}; k++) {\n` +
        `const p = k * ${unrolled * strideA};\nconst q = k * ${unrolled * strideB};\n` +
        `sum += ${products('p + ', unrolled, 0)};\n}`,
    );
  }
  if (depth % unrolled > 0) text.append(`sum += ${products('', depth % unrolled, whole * unrolled)};`);
  return [{ source: text.finish(['a', 'b'], 'sum'), length: size(output), operands: [{ input: 0 }, { input: 1 }] }];
};
