import { type Shape, size } from '../../../shape.js';
import type { KernelGenerator } from './kernel.js';
import { KernelText } from './kernel-text.js';
import { forEachReached, forEachTap } from './window.js';

export const averagePool2d: KernelGenerator<'average_pool2d'> = ({ attributes, inputs: [x], output }) => {
  const { poolSize, window, countPadding } = attributes;
  const text = new KernelText();
  const [n, outY, outX, c] = text.positions(text.element(), output) as [string, string, string, string];
  const body = `sum += a[((${n} * ${x![1]} + y) * ${x![2]} + x) * ${x![3]} + ${c}];\ncount += 1;`;
  text.append('let sum = 0;\nlet count = 0;');
  text.append(forEachTap([outY, outX], poolSize, x!, window, body));
  const divisor = countPadding ? String(poolSize[0] * poolSize[1]) : 'Math.max(1, count)';
  return [{ source: text.finish(['a'], `sum / ${divisor}`), length: size(output), operands: [{ input: 0 }] }];
};

/** Each input element collects its share of every window that it lies in. */
export const averagePool2dGradient: KernelGenerator<'average_pool2d_gradient'> = ({ attributes, inputs, output }) => {
  const { poolSize, window, countPadding } = attributes;
  const pooled: Shape = inputs[0]!;
  const text = new KernelText();
  const [n, y, x, c] = text.positions(text.element(), output) as [string, string, string, string];
  const source = `a[((${n} * ${pooled[1]} + outY) * ${pooled[2]} + outX) * ${pooled[3]} + ${c}]`;
  const inside = (start: string, taps: number, dilation: number, length: number, name: string): string =>
    `let ${name} = 0;\nfor (let k = 0; k < ${taps}; k++) {\nconst at = ${start} + k * ${dilation};\n` +
    `if (at >= 0 && at < ${length}) {\n${name} += 1;\n}\n}\n`;
  const { strides, dilation, padding } = window;
  const body = countPadding
    ? `sum += ${source} / ${poolSize[0] * poolSize[1]};`
    : inside(`outY * ${strides[0]} - ${padding.top}`, poolSize[0], dilation[0], output[1]!, 'rows') +
      inside(`outX * ${strides[1]} - ${padding.left}`, poolSize[1], dilation[1], output[2]!, 'columns') +
      `sum += ${source} / (rows * columns);`;
  text.append('let sum = 0;');
  text.append(forEachReached([y, x], poolSize, pooled, window, body));
  return [{ source: text.finish(['a'], 'sum'), length: size(output), operands: [{ input: 0 }] }];
};
