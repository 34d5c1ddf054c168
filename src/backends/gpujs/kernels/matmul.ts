import { size } from '../../../shape.js';
import { addDotProduct } from './dot-product.js';
import type { KernelGenerator } from './kernel.js';
import { KernelText } from './kernel-text.js';

/** One thread for each output element. */
export const matmul: KernelGenerator<'matmul'> = ({ attributes: { transposeA, transposeB }, inputs: [a], output }) => {
  const rank = output.length;
  const [m, n] = [output[rank - 2]!, output[rank - 1]!];
  const depth = a![rank - (transposeA ? 2 : 1)]!;
  const text = new KernelText();
  const shape = [size(output.slice(0, -2)), m, n];
  const [batch, row, column] = text.positions(text.element(), shape) as [string, string, string];
  const startA = text.bind(`${batch} * ${m * depth} + ${row}${transposeA ? '' : ` * ${depth}`}`);
  const startB = text.bind(`${batch} * ${depth * n} + ${column}${transposeB ? ` * ${depth}` : ''}`);
  text.append('let sum = 0;');
  text.append(
    addDotProduct(
      depth,
      { array: 'a', start: startA, stride: transposeA ? m : 1 },
      { array: 'b', start: startB, stride: transposeB ? 1 : n },
    ),
  );
  return [{ source: text.finish(['a', 'b'], 'sum'), length: size(output), operands: [{ input: 0 }, { input: 1 }] }];
};
