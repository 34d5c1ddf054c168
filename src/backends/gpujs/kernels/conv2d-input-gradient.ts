import { size } from '../../../shape.js';
import { addDotProduct } from './dot-product.js';
import type { KernelGenerator } from './kernel.js';
import { KernelText } from './kernel-text.js';
import { forEachReached } from './window.js';

/** One thread for each input element: the sum over the output pixels it reaches and the filters of its group. */
export const conv2dInputGradient: KernelGenerator<'conv2d_input_gradient'> = ({
  attributes: { window, groups },
  inputs,
  output,
}) => {
  const [outputGradient, filter] = inputs as [readonly number[], readonly number[]];
  const [outHeight, outWidth] = outputGradient.slice(1) as [number, number];
  const [kernelHeight, kernelWidth, groupChannels, filters] = filter as [number, number, number, number];
  const groupFilters = filters / groups;
  const text = new KernelText();
  const [n, y, x, c] = text.positions(text.element(), output) as [string, string, string, string];
  const channels = output[3]!;
  const firstFilter = text.bind(`${text.quotient(c, groupChannels, channels)} * ${groupFilters}`);
  const channel = text.remainder(c, groupChannels, channels);
  const body =
    `const pixel = ((${n} * ${outHeight} + outY) * ${outWidth} + outX) * ${filters} + ${firstFilter};\n` +
    `const weight = ((tapY * ${kernelWidth} + tapX) * ${groupChannels} + ${channel}) * ${filters} + ${firstFilter};\n` +
    addDotProduct(groupFilters, { array: 'a', start: 'pixel', stride: 1 }, { array: 'b', start: 'weight', stride: 1 });
  text.append('let sum = 0;');
  text.append(forEachReached([y, x], [kernelHeight, kernelWidth], outputGradient, window, body));
  return [{ source: text.finish(['a', 'b'], 'sum'), length: size(output), operands: [{ input: 0 }, { input: 1 }] }];
};
