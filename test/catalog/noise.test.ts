import { describe, expect, it } from 'vitest';
import { CpuBackend } from '../../src/backends/cpu/cpu.js';
import { normalOfUniform } from '../../src/catalog/standard-normal.js';
import { ProgramBuilder } from '../../src/program/builder.js';
import { type Shape, size } from '../../src/shape.js';
import { normal, runProgram } from '../ops/run-program.js';
import { layerProgram } from './layer-program.js';

type Layer = Parameters<typeof layerProgram>[0];

/** Output and input gradient of a layer, the output gradient being all ones. */
function apply(layer: Layer, shape: Shape, x: number[], { key = 12345, training = true } = {}) {
  const { program } = layerProgram(layer, [shape], { training, inputGradients: true });
  const random = program.random.flatMap(({ purpose }) => [
    [`random/${purpose}/0`, [key]] as const,
    [`random/${purpose}/1`, [4321]] as const,
  ]);
  const ones = new Array<number>(x.length).fill(1);
  const { output } = runProgram(program, { ...Object.fromEntries(random), x0: x, weights: ones });
  return { y: output('output'), gradient: output('gradient/x0') };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const variance = (values: readonly number[]): number => mean(values.map((value) => value ** 2)) - mean(values) ** 2;

const count = 20_000;
const shape = [2, count / 2];
const ones = new Array<number>(count).fill(1);

describe('standard normal numbers', () => {
  // Quantiles of n + 0.5 over 2^24, by PyTorch's inverse error function in float64.
  const quantiles: [n: number, quantile: number][] = [
    [0, -5.419983174916868],
    [1, -5.22011306060054],
    [16777, -3.0902272788037584],
    [167772, -2.326347113668142],
    [2662000, -0.9999490023087493],
    [8388607, -7.470334394666561e-8],
    [8388608, 7.470334394666561e-8],
    [12582912, 0.6744898439799725],
    [16609443, 2.326347113668142],
    [2 ** 24 - 1, 5.419983174916868],
  ];
  const builder = new ProgramBuilder();
  builder.output('z', normalOfUniform(builder, builder.input('u', [quantiles.length])));
  const program = builder.finish();
  const uniform = quantiles.map(([n]) => n / 2 ** 24);

  it('are the quantiles of uniform ones, in float64 and in float32', async () => {
    const exact = runProgram(program, { u: uniform }).output('z');
    const session = await new CpuBackend({ threads: 1 }).open({ program });
    await session.executable('program').run(new Map([['u', Float32Array.from(uniform)]]));
    const single = await session.executable('program').read('z');
    quantiles.forEach(([, quantile], i) => {
      expect(Math.abs(exact[i]! - quantile)).toBeLessThan(5e-7);
      expect(Math.abs(single[i]! - quantile)).toBeLessThan(1e-6);
    });
    await session.dispose();
  });
});

describe('gaussian_noise', () => {
  const layer = { type: 'gaussian_noise', stddev: 0.5 };
  const noise = apply(layer, shape, ones).y.map((value) => value - 1);

  it('is normally distributed around 0', () => {
    expect(Math.abs(mean(noise))).toBeLessThan((5 * 0.5) / Math.sqrt(count));
    expect(Math.abs(variance(noise) / 0.25 - 1)).toBeLessThan(5 * Math.sqrt(2 / count));
    for (const [sigmas, share] of [
      [1, 0.6827],
      [2, 0.9545],
      [3, 0.9973],
    ] as const) {
      const within = noise.filter((value) => Math.abs(value) < sigmas * 0.5).length / count;
      expect(Math.abs(within - share)).toBeLessThan(5 * Math.sqrt((share * (1 - share)) / count));
    }
  });

  it('leaves the gradient as it is', () => {
    expect(new Set(apply(layer, shape, ones).gradient)).toEqual(new Set([1]));
  });
});

describe('gaussian_dropout', () => {
  it('multiplies by numbers of mean 1 and the variance that dropout has', () => {
    const { y, gradient } = apply({ type: 'gaussian_dropout', rate: 0.2 }, shape, new Array<number>(count).fill(2));
    expect(Math.abs(mean(y) / 2 - 1)).toBeLessThan((5 * 0.5) / Math.sqrt(count));
    expect(Math.abs(variance(y) / 4 / 0.25 - 1)).toBeLessThan(5 * Math.sqrt(2 / count));
    gradient.forEach((value, i) => expect(value).toBeCloseTo(y[i]! / 2, 12));
  });
});

describe('alpha_dropout', () => {
  it.each([0.1, 0.5])('of %d keeps mean 0 and variance 1', (rate) => {
    const x = normal(shape, 3).values;
    const { y, gradient } = apply({ type: 'alpha_dropout', rate }, shape, x);
    expect(Math.abs(mean(y))).toBeLessThan(5 / Math.sqrt(count));
    expect(Math.abs(variance(y) - 1)).toBeLessThan(0.06);
    const dropped = gradient.filter((value) => value === 0).length / count;
    expect(Math.abs(dropped - rate)).toBeLessThan(5 * Math.sqrt((rate * (1 - rate)) / count));
    // All that is dropped is one number, all that is kept has one slope.
    expect(new Set(y.filter((_, i) => gradient[i] === 0)).size).toBe(1);
    expect(new Set(gradient).size).toBe(2);
  });
});

describe.each([
  ['spatial_dropout1d', [100, 7, 20]],
  ['spatial_dropout2d', [100, 3, 4, 20]],
])('%s', (type, shape) => {
  const rate = 0.3;
  const x = new Array<number>(size(shape)).fill(1);
  const positions = size(shape) / 2000;
  /** What is at each position of a channel of a record. */
  const channels = (y: number[]): number[][] =>
    Array.from({ length: 2000 }, (_, i) => {
      const [record, channel] = [Math.floor(i / 20), i % 20];
      return Array.from({ length: positions }, (_, position) => y[(record * positions + position) * 20 + channel]!);
    });

  it('drops channels as a whole, of each record others', () => {
    const { y, gradient } = apply({ type, rate }, shape, x);
    expect(gradient).toEqual(y);
    const values = channels(y);
    for (const channel of values) expect(new Set(channel).size).toBe(1);
    expect(new Set(values.flat())).toEqual(new Set([0, 1 / (1 - rate)]));
    const dropped = values.filter(([first]) => first === 0).length / 2000;
    expect(Math.abs(dropped - rate)).toBeLessThan(5 * Math.sqrt((rate * (1 - rate)) / 2000));
  });
});

describe('layers that are random while training', () => {
  it.each([
    { type: 'gaussian_noise', stddev: 1 },
    { type: 'gaussian_dropout', rate: 0.5 },
    { type: 'alpha_dropout', rate: 0.5 },
    { type: 'spatial_dropout1d', rate: 0.5 },
  ])('$type draws anew for every key, and not at all in evaluation or where there is nothing to do', (layer) => {
    const small = [5, 4, 10];
    const x = normal(small, 8).values;
    const run = (options: Parameters<typeof apply>[3], chosen: Layer = layer): number[] => apply(chosen, small, x, options).y;
    expect(run({})).toEqual(run({}));
    expect(run({ key: 12346 })).not.toEqual(run({}));
    expect(run({ training: false })).toEqual(x);
    const none = 'rate' in layer ? { type: layer.type, rate: 0 } : { type: layer.type, stddev: 0 };
    expect(run({}, none)).toEqual(x);
  });
});
