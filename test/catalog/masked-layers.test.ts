import { describe, expect, it } from 'vitest';
import { normal, runProgram } from '../ops/run-program.js';
import { layerProgram } from './layer-program.js';

const shape = [3, 4, 2];
const lengths = [4, 2, 0];
const mask = lengths.flatMap((length) => [0, 1, 2, 3].map((step) => Number(step < length)));

describe('pooling over time looks at the steps alone that count', () => {
  it.each([
    ['global_average_pool1d', (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length],
    ['global_max_pool1d', (values: number[]) => Math.max(...values)],
  ])('%s', (type, pool) => {
    const { program } = layerProgram({ type }, [shape], { masked: true, inputGradients: true });
    const x = normal(shape, 4).values;
    const { output } = runProgram(program, { x0: x, mask, weights: [1, 1, 1, 1, 1, 1] });
    const expected = lengths.flatMap((length, record) =>
      [0, 1].map((channel) => {
        const values = x.filter((_, i) => i % 2 === channel && Math.floor(i / 8) === record).slice(0, length);
        return length === 0 ? 0 : pool(values);
      }),
    );
    output('output').forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 14));
    output('gradient/x0').forEach((value, i) => {
      if (mask[Math.floor(i / 2)] === 0) expect(value).toBe(0);
    });
  });
});

describe('windows over padded records', () => {
  const convolution = { type: 'conv1d', filters: 2, kernel_size: 3 };
  const layers = [
    { ...convolution, padding: 'valid' },
    { ...convolution, padding: 'valid', strides: 2, dilation: 2 },
    { ...convolution, padding: 'same' },
    { ...convolution, padding: 1, strides: 3 },
    { ...convolution, padding: 'causal', dilation: 2 },
    { ...convolution, padding: 'causal', strides: 2 },
    { type: 'max_pool1d' },
    { type: 'max_pool1d', pool_size: 3, strides: 1 },
    { type: 'average_pool1d', pool_size: 4, strides: 3 },
  ];

  it.each(layers)('see each record by itself: %j', (layer) => {
    const [time, channels, filters] = [9, 2, 2];
    const lengths = [9, 6, 5];
    const x = normal([3, time, channels], 6).values;
    const states = { 'layer/kernel': normal([3, channels, filters], 7).values, 'layer/bias': [0.3, -0.2] };
    const padded = layerProgram(layer, [[3, time, channels]], { masked: true });
    const counts = lengths.flatMap((length) => Array.from({ length: time }, (_, step) => Number(step < length)));
    const steps = padded.outputShape[1]!;
    const weights = new Array<number>(3 * steps * filters).fill(1);
    const { output } = runProgram(padded.program, { x0: x, mask: counts, weights }, states);
    lengths.forEach((length, record) => {
      const own = layerProgram(layer, [[1, length, channels]]);
      const ownSteps = own.outputShape[1]!;
      const start = record * time * channels;
      const alone = runProgram(
        own.program,
        { x0: x.slice(start, start + length * channels), weights: new Array<number>(ownSteps * filters).fill(1) },
        states,
      ).output('output');
      const found = output('output')
        .slice(record * steps * filters)
        .slice(0, ownSteps * filters);
      found.forEach((value, i) => expect(value).toBeCloseTo(alone[i]!, 13));
      const mask = output('mask').slice(record * steps, (record + 1) * steps);
      expect(mask).toEqual(Array.from({ length: steps }, (_, step) => Number(step < ownSteps)));
    });
  });
});
