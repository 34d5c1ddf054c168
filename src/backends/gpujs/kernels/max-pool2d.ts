import type { Window2d } from '../../../ops/op.js';
import { type Shape, size } from '../../../shape.js';
import { type KernelGenerator, type Stage, largestFloat } from './kernel.js';
import { KernelText } from './kernel-text.js';
import { extreme } from './primitives.js';
import { forEachReached, forEachTap } from './window.js';

export const maxPool2d: KernelGenerator<'max_pool2d'> = ({ attributes: { poolSize, window }, inputs: [x], output }) => [
  searchWindows('largest', { poolSize, window, input: x!, output }),
];

/** First the tap that won each window, then each input element collects from the windows that it won. */
export const maxPool2dGradient: KernelGenerator<'max_pool2d_gradient'> = ({ attributes: { poolSize, window }, inputs }) => {
  const [input, pooled] = inputs as [Shape, Shape];
  const text = new KernelText();
  const [n, y, x, c] = text.positions(text.element(), input) as [string, string, string, string];
  const body =
    `const source = ((${n} * ${pooled[1]} + outY) * ${pooled[2]} + outX) * ${pooled[3]} + ${c};\n` +
    `if (winner[source] === tapY * ${poolSize[1]} + tapX) {\nsum += a[source];\n}`;
  text.append('let sum = 0;');
  text.append(forEachReached([y, x], poolSize, pooled, window, body));
  return [
    searchWindows('winner', { poolSize, window, input, output: pooled }),
    { source: text.finish(['a', 'winner'], 'sum'), length: size(input), operands: [{ input: 1 }, { stage: 0 }] },
  ];
};

/** The largest value of each window, or the number of the first tap that has it (-1 where none does). */
function searchWindows(
  wanted: 'largest' | 'winner',
  { poolSize, window, input, output }: { poolSize: readonly [number, number]; window: Window2d; input: Shape; output: Shape },
): Stage {
  const text = new KernelText();
  const [n, outY, outX, c] = text.positions(text.element(), output) as [string, string, string, string];
  const value = `const value = a[((${n} * ${input[1]} + y) * ${input[2]} + x) * ${input[3]} + ${c}];\n`;
  text.append(`let largest = -${largestFloat};`);
  if (wanted === 'winner') text.append('let winner = -1;');
  const keep =
    wanted === 'largest'
      ? `largest = ${extreme('>', 'value', 'largest')};`
      : `if (value > largest) {\nlargest = value;\nwinner = tapY * ${poolSize[1]} + tapX;\n}`;
  text.append(forEachTap([outY, outX], poolSize, input, window, value + keep));
  return { source: text.finish(['a'], wanted), length: size(output), operands: [{ input: 0 }] };
}
