import { describe, expect, it } from 'vitest';
import { initializers } from '../../src/catalog/initializers/index.js';
import { fitModel } from '../../src/graph/programs.js';
import { errorFunction } from '../../src/ops/error-function.js';
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
  const stated: [initializer: { type: string }, variance: number, kurtosis: number, mean?: number][] = [
    [{ type: 'glorot_uniform' }, 2 / 330, 1.8],
    [{ type: 'glorot_normal' }, 2 / 330, 3],
    [{ type: 'he_uniform' }, 2 / 80, 1.8],
    [{ type: 'he_normal' }, 2 / 80, 3],
    [{ type: 'lecun_uniform' }, 1 / 80, 1.8],
    [{ type: 'lecun_normal' }, 1 / 80, 3],
    [{ type: 'variance_scaling', scale: 0.5, mode: 'fan_out' } as { type: string }, 0.5 / 250, 1.8],
    [{ type: 'variance_scaling', distribution: 'normal' } as { type: string }, 1 / 80, 3],
    [{ type: 'normal' }, 0.05 ** 2, 3],
    [{ type: 'normal', mean: -3, std: 2 } as { type: string }, 4, 3, -3],
    [{ type: 'uniform' }, 0.1 ** 2 / 12, 1.8],
    [{ type: 'uniform', min: 1, max: 4 } as { type: string }, 9 / 12, 1.8, 2.5],
  ];

  it('are tested for every initializer', () => {
    const tested = [...stated.map(([{ type }]) => type), 'truncated_normal', 'orthogonal', 'zeros', 'ones', 'constant'];
    expect([...new Set(tested)].sort()).toEqual([...initializers.types].sort());
  });

  it.each(stated)('of $type have the stated mean, variance and distribution', (initializer, variance, kurtosis, mean = 0) => {
    const values = initialValues(parameter(initializer), 7);
    expect(values).toHaveLength(count);
    const moment = (power: number) => values.reduce((sum, v) => sum + (v - mean) ** power, 0) / count;
    const deviation = Math.sqrt(variance);
    // Five standard errors each.
    expect(Math.abs(moment(1)) / deviation).toBeLessThan(5 / Math.sqrt(count));
    expect(Math.abs(moment(2) / variance - 1)).toBeLessThan(5 * Math.sqrt((kurtosis - 1) / count));
    // The fourth moment tells a uniform distribution (1.8) from a normal one (3).
    expect(Math.abs(moment(4) / variance ** 2 - kurtosis)).toBeLessThan(0.4);
    if (kurtosis === 1.8)
      expect(Math.max(...values.map((v) => Math.abs(v - mean)))).toBeLessThanOrEqual(Math.fround(Math.sqrt(3 * variance)));
  });

  it('of truncated_normal are those of a normal distribution within two standard deviations', () => {
    const values = initialValues(parameter({ type: 'truncated_normal', mean: 1, std: 0.5 } as { type: string }), 7);
    const scaled = [...values].map((v) => (v - 1) / 0.5);
    expect(Math.max(...scaled.map(Math.abs))).toBeLessThanOrEqual(2 + 1e-6);
    expect(Math.max(...scaled)).toBeGreaterThan(1.99);
    expect(Math.min(...scaled)).toBeLessThan(-1.99);
    // Of the normal distribution cut at 2: 1 - 2 * 2 phi(2) / (2 Phi(2) - 1), and the fourth moment, by partial integration.
    const [inside, density] = [errorFunction(Math.SQRT2), Math.exp(-2) / Math.sqrt(2 * Math.PI)];
    const variance = 1 - (4 * density) / inside;
    const fourth = 3 * variance - (16 * density) / inside;
    const moment = (power: number) => scaled.reduce((sum, v) => sum + v ** power, 0) / count;
    expect(Math.abs(moment(1))).toBeLessThan(5 * Math.sqrt(variance / count));
    expect(Math.abs(moment(2) - variance)).toBeLessThan(5 * Math.sqrt((fourth - variance ** 2) / count));
    expect(Math.abs(moment(4) - fourth)).toBeLessThan(0.2);
    // A number that is drawn again is no neighbour's.
    expect(new Set(values).size).toBeGreaterThan(0.99 * count);
  });

  it.each([[[80, 250]], [[250, 80]], [[64, 64]], [[3, 3, 4, 20]], [[2, 2, 3, 40]], [[6]]])(
    'of orthogonal have orthonormal columns or rows: %j',
    (shape) => {
      const values = initialValues({ ...parameter({ type: 'orthogonal', gain: 1.5 } as { type: string }), shape }, 7);
      const columns = shape.at(-1)!;
      const rows = values.length / columns;
      const vectors =
        rows < columns
          ? Array.from({ length: rows }, (_, r) => [...values.subarray(r * columns, (r + 1) * columns)])
          : Array.from({ length: columns }, (_, c) => Array.from({ length: rows }, (_, r) => values[r * columns + c]!));
      vectors.forEach((a, i) =>
        vectors.slice(i).forEach((b, j) => {
          const product = a.reduce((sum, value, k) => sum + value * b[k]!, 0) / 1.5 ** 2;
          expect(Math.abs(product - (j === 0 ? 1 : 0))).toBeLessThan(1e-6);
        }),
      );
    },
  );

  it('of orthogonal prefer no direction and no sign', () => {
    // The first row of many 3 x 3 matrices is a point of the sphere: coordinates of mean 0 and variance 1/3, determinants of both signs.
    const seeds = 3000;
    const [sum, squares] = [
      [0, 0, 0],
      [0, 0, 0],
    ];
    let positive = 0;
    for (let seed = 0; seed < seeds; seed++) {
      const m = initialValues({ ...parameter({ type: 'orthogonal' }), shape: [3, 3] }, seed);
      for (const axis of [0, 1, 2]) {
        sum![axis]! += m[axis]!;
        squares![axis]! += m[axis]! ** 2;
      }
      const [a, b, c, d, e, f, g, h, i] = m as unknown as [
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      if (a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g) > 0) positive++;
    }
    for (const axis of [0, 1, 2]) {
      expect(Math.abs(sum![axis]! / seeds)).toBeLessThan(5 * Math.sqrt(1 / 3 / seeds));
      expect(Math.abs(squares![axis]! / seeds - 1 / 3)).toBeLessThan(5 * Math.sqrt(4 / 45 / seeds));
    }
    expect(Math.abs(positive / seeds - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / seeds));
  });

  it('of every kind are functions of seed and name', () => {
    for (const { type } of initializers.definitions.filter(({ type }) => !['zeros', 'ones', 'constant'].includes(type))) {
      const small = { ...parameter({ type }), shape: [6, 5] };
      expect(initialValues(small, 3), type).toEqual(initialValues(small, 3));
      const others = [initialValues(small, 4), initialValues({ ...small, name: 'dense_2/kernel' }, 3)];
      for (const other of others)
        expect(
          other.filter((v, i) => v === initialValues(small, 3)[i]),
          type,
        ).toHaveLength(0);
    }
  });

  it('of zeros, ones and constant are what they say', () => {
    expect(new Set(initialValues(parameter({ type: 'zeros' }), 1))).toEqual(new Set([0]));
    expect(new Set(initialValues(parameter({ type: 'ones' }), 1))).toEqual(new Set([1]));
    expect(new Set(initialValues(parameter({ type: 'constant', value: 0.25 } as { type: string }), 1))).toEqual(new Set([0.25]));
  });

  it('follow the layer: kernels glorot_uniform, biases 0, unless the config says otherwise', () => {
    const { parameters } = fitModel(
      experiment([{ type: 'dense', units: 10, bias_initializer: { type: 'constant', value: 2 } }]),
      dataOf([4]),
    );
    expect(parameters.map(({ initializer }) => initializer)).toMatchObject([{ type: 'glorot_uniform' }, { type: 'constant' }]);
    expect([...initialValues(parameters[1]!, 3)]).toEqual(new Array(10).fill(2));
  });
});
