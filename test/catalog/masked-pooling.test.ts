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
