import { describe, expect, it } from 'vitest';
import { initializers } from '../../src/catalog/initializers/index.js';
import { fitModel } from '../../src/graph/programs.js';
import { type Parameter, initialValues } from '../../src/graph/model.js';
import { dataOf, experiment } from './experiment.js';

const shape = [80, 250];
const count = 20_000;

function parameter(initializer: { type: string }, name = 'dense_1/kernel'): Parameter {
  const chosen = { ...initializers.get(initializer.type).options.parse(initializer), ...initializer };
  return { name, layer: 'dense_1', shape, initializer: chosen, fans: { fanIn: 80, fanOut: 250 } };
}

describe('initialValues', () => {
  const glorot = parameter({ type: 'glorot_uniform' });

  it('are the same for the same seed and name', () => {
    expect(initialValues(glorot, 1)).toEqual(initialValues(glorot, 1));
  });

  it('differ for another seed, also beyond 32 bits, and for another name', () => {
    const first = (seed: number, name = 'dense_1/kernel'): number => initialValues({ ...glorot, name }, seed)[0]!;
    const values = [first(1), first(2), first(1 + 2 ** 32), first(0), first(1, 'dense_2/kernel'), first(1, 'dense_1/bias')];
    expect(new Set(values).size).toBe(values.length);
  });

  it('do not correlate between seeds or names', () => {
    const [a, b, c] = [
      initialValues(glorot, 1),
      initialValues(glorot, 2),
      initialValues({ ...glorot, name: 'dense_2/kernel' }, 1),
    ];
    const limit = Math.max(...a);
    const correlation = (x: Float32Array, y: Float32Array) =>
      x.reduce((sum, v, i) => sum + v * y[i]!, 0) / ((limit ** 2 / 3) * count);
    for (const r of [correlation(a, b), correlation(a, c)]) expect(Math.abs(r)).toBeLessThan(5 / Math.sqrt(count));
  });

  // What each summary states: mean 0, and this variance for fans of 80 and 250.
  const stated: [initializer: { type: string }, variance: number, kurtosis: number][] = [
    [{ type: 'glorot_uniform' }, 2 / 330, 1.8],
    [{ type: 'glorot_normal' }, 2 / 330, 3],
    [{ type: 'he_uniform' }, 2 / 80, 1.8],
    [{ type: 'he_normal' }, 2 / 80, 3],
    [{ type: 'lecun_uniform' }, 1 / 80, 1.8],
    [{ type: 'lecun_normal' }, 1 / 80, 3],
    [{ type: 'variance_scaling', scale: 0.5, mode: 'fan_out' } as { type: string }, 0.5 / 250, 1.8],
    [{ type: 'variance_scaling', distribution: 'normal' } as { type: string }, 1 / 80, 3],
  ];

  it('are tested for every initializer', () => {
    const tested = [...stated.map(([{ type }]) => type), 'zeros', 'constant'];
    expect([...new Set(tested)].sort()).toEqual([...initializers.types].sort());
  });

  it.each(stated)('of $type have the stated mean, variance and distribution', (initializer, variance, kurtosis) => {
    const values = initialValues(parameter(initializer), 7);
    expect(values).toHaveLength(count);
    const moment = (power: number) => values.reduce((sum, v) => sum + v ** power, 0) / count;
    const deviation = Math.sqrt(variance);
    // Five standard errors each.
    expect(Math.abs(moment(1)) / deviation).toBeLessThan(5 / Math.sqrt(count));
    expect(Math.abs(moment(2) / variance - 1)).toBeLessThan(5 * Math.sqrt((kurtosis - 1) / count));
    // The fourth moment tells a uniform distribution (1.8) from a normal one (3).
    expect(Math.abs(moment(4) / variance ** 2 - kurtosis)).toBeLessThan(0.4);
    if (kurtosis === 1.8) expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(Math.fround(Math.sqrt(3 * variance)));
  });

  it('of zeros and constant are what they say', () => {
    expect(new Set(initialValues(parameter({ type: 'zeros' }), 1))).toEqual(new Set([0]));
    expect(new Set(initialValues(parameter({ type: 'constant', value: 0.25 } as { type: string }), 1))).toEqual(new Set([0.25]));
  });

  it('follow the layer: kernels glorot_uniform, biases 0, unless the config says otherwise', () => {
    const { parameters } = fitModel(
      experiment([{ type: 'dense', units: 10, bias_initializer: { type: 'constant', value: 2 } }]),
      dataOf([4]),
    );
    expect(parameters.map(({ initializer }) => initializer.type)).toEqual(['glorot_uniform', 'constant']);
    expect([...initialValues(parameters[1]!, 3)]).toEqual(new Array(10).fill(2));
  });
});
