import { size } from '../../../shape.js';
import { addDotProduct } from './dot-product.js';
import { type KernelGenerator, type Stage, maximumElements } from './kernel.js';
import { KernelText } from './kernel-text.js';
import { reduceRun } from './reduce.js';

/**
 * A filter has few weights and each sums over every pixel of the batch, so the rows of all output images are dealt to chunks: one
 * thread for each weight of each chunk, then the chunks are added.
 */
export const conv2dFilterGradient: KernelGenerator<'conv2d_filter_gradient'> = ({
  attributes: { window, groups },
  inputs,
  output,
}) => {
  const [x, outputGradient] = inputs as [readonly number[], readonly number[]];
  const { strides, dilation, padding } = window;
  const [height, width, channels] = x.slice(1) as [number, number, number];
  const [batch, outHeight, outWidth, filters] = outputGradient as [number, number, number, number];
  const groupChannels = output[2]!;
  const rows = batch * outHeight;
  const weights = size(output);
  const rowsPerChunk = Math.max(Math.ceil(Math.sqrt(rows)), Math.ceil((rows * weights) / (maximumElements / 4)));
  const chunks = Math.ceil(rows / rowsPerChunk);

  const text = new KernelText();
  const [chunk, tapY, tapX, c, f] = text.positions(text.element(), [chunks, ...output]) as [
    string,
    string,
    string,
    string,
    string,
  ];
  const firstRow = text.bind(`${chunk} * ${rowsPerChunk}`);
  const group = text.quotient(f, filters / groups, filters);
  const channel = text.bind(`${group} * ${groupChannels} + ${c}`);
  const firstY = text.bind(`${tapY} * ${dilation[0]} - ${padding.top}`);
  const firstX = text.bind(`${tapX} * ${dilation[1]} - ${padding.left}`);
  const startA = `((n * ${height} + y) * ${width} + ${firstX}) * ${channels} + ${channel}`;
  const startB = `row * ${outWidth * filters} + ${f}`;
  const strideA = strides[1] * channels;
  // Without padding on the sides every pixel of the row is inside.
  const addRow =
    padding.left === 0 && padding.right === 0
      ? addDotProduct(
          outWidth,
          { array: 'a', start: 'startA', stride: strideA },
          { array: 'b', start: 'startB', stride: filters },
        )
      : `for (let outX = 0; outX < ${outWidth}; outX++) {\n` +
        `const x = outX * ${strides[1]} + ${firstX};\n` +
        `if (x >= 0 && x < ${width}) {\n` +
        `sum += a[startA + outX * ${strideA}] * b[startB + outX * ${filters}];\n}\n}`;
  // A row's number stays far below the bound up to which half a step makes the quotient exact.
  text.append(
    `let sum = 0;\n` +
      `for (let r = 0; r < ${rowsPerChunk}; r++) {\n` +
      `const row = ${firstRow} + r;\n` +
      `if (row < ${rows}) {\n` +
      `const n = Math.floor((row + 0.5) / ${outHeight});\n` +
      `const y = (row - n * ${outHeight}) * ${strides[0]} + ${firstY};\n` +
      `if (y >= 0 && y < ${height}) {\n` +
      `const startA = ${startA};\nconst startB = ${startB};\n${addRow}\n}\n}\n}`,
  );
  const partial: Stage = {
    source: text.finish(['a', 'b'], 'sum'),
    length: chunks * weights,
    operands: [{ input: 0 }, { input: 1 }],
  };
  return chunks === 1 ? [partial] : [partial, ...reduceRun('sum', { outer: 1, length: chunks, inner: weights }, { stage: 0 }, 1)];
};
