import { describe, expect, it } from 'vitest';
import { metrics } from '../../src/catalog/metrics/index.js';
import type { Model } from '../../src/graph/programs.js';
import { addTo, emptySums, resultsOf } from '../../src/train/progress.js';
import { metricProgram, metricSpec } from '../catalog/comparison-program.js';
import { type Values, runProgram } from '../ops/run-program.js';
import { type MetricCase, readFixture } from './fixtures.js';

const { cases } = readFixture<MetricCase>('metrics');

/** The result over all records, in batches of these sizes and what is left over. */
function measured({ options, field, prediction, target, mask }: MetricCase, sizes: readonly number[]): Record<string, number> {
  const spec = metricSpec(options);
  const info = { inputs: {}, targets: { target: field }, trainLength: 1, testLength: 1 };
  const model = { experiment: { metrics: [spec] }, info } as unknown as Pick<Model, 'experiment' | 'info'>;
  const sums = emptySums();
  const records = prediction.shape[0]!;
  const part = ({ shape, values }: Values, start: number, count: number): Values => {
    const size = values.length / records;
    return { shape: [count, ...shape.slice(1)], values: values.slice(start * size, (start + count) * size) };
  };
  for (let start = 0, batch = 0; start < records; batch++) {
    const count = Math.min(sizes[batch % sizes.length]!, records - start);
    const [x, y, m] = [prediction, target, mask].map((one) => one && part(one, start, count));
    const program = metricProgram(spec, { prediction: x!, field, ...(m === undefined ? {} : { mask: m }) });
    const { output } = runProgram(program, { prediction: x!.values, target: y!.values, mask: m?.values ?? [] });
    const statistics = new Map([...program.outputs.keys()].map((name) => [name, output(name)]));
    addTo(sums, count, { losses: {}, weights: {}, statistics }, model.experiment);
    start += count;
  }
  const results = resultsOf(sums, model, '');
  const name = (key: string): string => key.slice(options.type.length).replace(/^_/, '');
  return Object.fromEntries(Object.entries(results).map(([key, value]) => [name(key), value]));
}

describe('metrics against scikit-learn', () => {
  it('cover every metric', () => {
    expect([...new Set(cases.map(({ options }) => options.type))].sort()).toEqual([...metrics.types].sort());
  });

  it.each(cases.map((one) => [one.name, one] as const))('%s, in batches of any size', (_, one) => {
    for (const sizes of [[Infinity], [1], [4, 1, 3]]) {
      const found = measured(one, sizes);
      expect(Object.keys(found).sort()).toEqual(Object.keys(one.result).sort());
      for (const [name, value] of Object.entries(one.result)) {
        expect(Math.abs(found[name]! - value), `${name} in batches of ${sizes.join()}`).toBeLessThan(
          1e-11 * (1 + Math.abs(value)),
        );
      }
      expect(Object.keys(found).filter((name) => name !== '')).toEqual(
        metrics.get(one.options.type).parts?.(metricSpec(one.options), one.field) ?? [],
      );
    }
  });
});
