import { size } from '../../../shape.js';
import { addDotProduct } from './dot-product.js';
import type { KernelGenerator } from './kernel.js';
import { KernelText } from './kernel-text.js';
import { forEachTap } from './window.js';

/** One thread for each output element: the sum over its taps and the channels of its group. */
export const conv2d: KernelGenerator<'conv2d'> = ({ attributes: { window, groups }, inputs, output }) => {
  const [x, filter] = inputs as [readonly number[], readonly number[]];
  const [height, width, channels] = x.slice(1) as [number, number, number];
  const [kernelHeight, kernelWidth, groupChannels, filters] = filter as [number, number, number, number];
  const text = new KernelText();
  const [n, outY, outX, f] = text.positions(text.element(), output) as [string, string, string, string];
  const group = text.quotient(f, filters / groups, filters);
  const firstChannel = text.bind(`${group} * ${groupChannels}`);
  const body =
    `const pixel = ((${n} * ${height} + y) * ${width} + x) * ${channels} + ${firstChannel};\n` +
    `const weight = (tapY * ${kernelWidth} + tapX) * ${groupChannels * filters} + ${f};\n` +
    addDotProduct(groupChannels, { array: 'a', start: 'pixel', stride: 1 }, { array: 'b', start: 'weight', stride: filters });
  text.append('let sum = 0;');
  text.append(forEachTap([outY, outX], [kernelHeight, kernelWidth], x, window, body));
  return [{ source: text.finish(['a', 'b'], 'sum'), length: size(output), operands: [{ input: 0 }, { input: 1 }] }];
};
