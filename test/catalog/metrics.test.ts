import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Backend, Session } from '../../src/backends/backend.js';
import { CpuBackend } from '../../src/backends/cpu/cpu.js';
import { openGpuJs } from '../../src/backends/gpujs/gpujs.js';
import { ReferenceBackend } from '../../src/backends/reference/reference.js';
import { metrics } from '../../src/catalog/metrics/index.js';
import { logOdds } from '../../src/catalog/ranking.js';
import type { Field } from '../../src/data/field.js';
import { randomInteger } from '../../src/random.js';
import { expectClose } from '../backends/conformance-compare.js';
import { runProgram } from '../ops/run-program.js';
import { type MetricCase, readFixture } from '../oracle/fixtures.js';
import { metricProgram, metricSpec } from './comparison-program.js';

const { cases } = readFixture<MetricCase>('metrics');

describe('statistics of metrics on the backends', () => {
  const sameBits = ['cpu, 1 thread', 'cpu, 3 threads'] as const;
  const backends: Record<string, () => Backend | Promise<Backend>> = {
    reference: () => new ReferenceBackend(),
    [sameBits[0]]: () => new CpuBackend({ threads: 1, build: 'relaxed' }),
    [sameBits[1]]: () => new CpuBackend({ threads: 3, build: 'relaxed' }),
    'gpujs-cpu': () => openGpuJs('cpu'),
  };
  const programs = Object.fromEntries(cases.map((one) => [one.name, metricProgram(metricSpec(one.options), one)]));
  const sessions = new Map<string, Session>();
  beforeAll(async () => {
    for (const [backend, open] of Object.entries(backends)) sessions.set(backend, await (await open()).open(programs));
  });
  afterAll(async () => {
    for (const session of sessions.values()) await session.dispose();
  });

  it.each(cases.map((one) => [one.name, one] as const))('%s', async (name, { prediction, target, mask }) => {
    const values = { prediction: prediction.values, target: target.values, mask: mask?.values ?? [] };
    const inputs = new Map(Object.entries(values).map(([key, one]) => [key, Float32Array.from(one)]));
    const results = new Map<string, Map<string, Float32Array>>();
    for (const [backend, session] of sessions) {
      const executable = session.executable(name);
      await executable.run(inputs);
      const found = new Map<string, Float32Array>();
      for (const output of programs[name]!.outputs.keys()) found.set(output, (await executable.read(output)).slice());
      results.set(backend, found);
    }
    for (const [backend, found] of results) {
      for (const [statistic, expected] of results.get('reference')!) {
        const actual = found.get(statistic)!;
        // The sum of distances from a mean is nothing but what rounding left.
        if (statistic === 'r2/distance') expected.forEach((value, i) => expect(Math.abs(actual[i]! - value)).toBeLessThan(2e-3));
        else expectClose(`${backend}, ${statistic}`, actual, expected, 1e-5);
      }
    }
    expect(results.get(sameBits[1])).toEqual(results.get(sameBits[0]));
  });
});

/** The result over one batch, in float64. */
function resultOf(
  options: { type: string } & Record<string, unknown>,
  field: Field,
  prediction: number[],
  target: number[],
): number | Record<string, number> {
  const spec = metricSpec(options);
  const records = target.length / field.shape.reduce((a, b) => a * b, 1);
  const shape = [records, ...(prediction.length === records ? [] : [prediction.length / records])];
  const program = metricProgram(spec, { prediction: { shape }, field });
  const { output } = runProgram(program, { prediction, target });
  const statistics = Object.fromEntries([...program.outputs.keys()].map((name) => [name.split('/')[1]!, output(name)]));
  return metrics.get(options.type).result(statistics, spec, field);
}

const classes = (count: number, ...shape: number[]): Field => ({ kind: 'class', shape, classes: count });
const number: Field = { kind: 'number', shape: [] };

describe('rankings', () => {
  it.each([1, 2, 3])('by their definitions, with ties (%d)', (seed) => {
    const draw = (i: number, below: number): number => randomInteger(seed, i) % below;
    const scores = Array.from({ length: 20 }, (_, i) => draw(i, 6) - 3);
    const target = scores.map((_, i) => (i < 2 ? i : draw(i + 50, 2)));
    const [ones, zeros] = [1, 0].map((label) => scores.filter((_, i) => target[i] === label)) as [number[], number[]];
    const ahead = ones.flatMap((one) => zeros.map((zero) => (one > zero ? 1 : one === zero ? 0.5 : 0)));
    const area = ahead.reduce<number>((a, b) => a + b, 0) / ahead.length;
    expect((resultOf({ type: 'roc_auc' }, classes(2), scores, target) as Record<string, number>)['']).toBeCloseTo(area, 12);
    // Of each record of the class, the precision when all scores from its own on are looked at.
    const precisions = ones.map((one) => {
      const found = ones.filter((score) => score >= one).length;
      return found / (found + zeros.filter((score) => score >= one).length);
    });
    const mean = precisions.reduce((a, b) => a + b) / precisions.length;
    expect((resultOf({ type: 'average_precision' }, classes(2), scores, target) as Record<string, number>)['']).toBeCloseTo(
      mean,
      12,
    );
  });

  it('of a hand-made example', () => {
    const [scores, target] = [
      [0.9, 0.8, 0.7, 0.6],
      [1, 0, 1, 0],
    ];
    expect(resultOf({ type: 'roc_auc', per_class: true }, classes(2), scores!, target!)).toEqual({
      '': 0.75,
      '0': 0.75,
      '1': 0.75,
    });
    expect(resultOf({ type: 'average_precision' }, classes(2), scores!, target!)).toEqual({ '': (1 + 2 / 3) / 2 });
  });

  it('leave out a class without records, and say what nothing can be told from', () => {
    const logits = [3, 0, -1, 0, 1, -1, 2, 3, 0];
    expect(resultOf({ type: 'roc_auc', per_class: true }, classes(3), logits, [0, 1, 1])).toEqual({
      '': 1,
      '0': 1,
      '1': 1,
      '2': 0.5,
    });
    expect(resultOf({ type: 'roc_auc' }, classes(2), [1, 2, 3], [1, 1, 1])).toEqual({ '': 0.5 });
    expect(resultOf({ type: 'average_precision' }, classes(2), [1, 2, 3], [0, 0, 0])).toEqual({ '': 0 });
  });

  it('tell classes apart whose probabilities are 1 to every digit', () => {
    const logits = [60, 0, 0, 50, 0, 0, 900, 0, 0, -900, 0, 0];
    const odds = logOdds(logits, 3);
    expect([0, 3, 6].map((i) => odds[i]! + Math.LN2)).toEqual([60, 50, 900]);
    expect(odds[1]).toBeCloseTo(-60, 12);
    expect(odds[10]).toBeCloseTo(0, 12);
    expect(odds.every(Number.isFinite)).toBe(true);
  });
});

describe('metrics where nothing counts', () => {
  it('are 0, not NaN', () => {
    const nothing = { ignore_index: 0 };
    expect(resultOf({ type: 'accuracy', ...nothing }, classes(3), [1, 2, 3], [0])).toBe(0);
    expect(resultOf({ type: 'top_k_accuracy', k: 2, ...nothing }, classes(3), [1, 2, 3], [0])).toBe(0);
    expect(resultOf({ type: 'perplexity', ...nothing }, classes(3), [1, 2, 3], [0])).toBe(1);
    for (const type of ['precision', 'recall', 'f1', 'mean_iou'])
      expect(resultOf({ type, ...nothing }, classes(3), [1, 2, 3], [0])).toEqual({ '': 0 });
    expect(resultOf({ type: 'r2' }, number, [1], [1])).toBe(1);
  });
});

describe('r2', () => {
  it('takes targets for equal that are so but for rounding', () => {
    const target = [0.1, 0.1, 0.1, 0.1, 0.1, 0.1].map(Math.fround);
    expect(resultOf({ type: 'r2' }, number, target, target)).toBe(1);
    expect(resultOf({ type: 'r2' }, number, [1, 1, 1, 1, 1, 1], target)).toBe(0);
  });
});

describe('a logit that is not a number', () => {
  it('decides for no class', () => {
    for (const type of ['accuracy', 'top_k_accuracy', 'recall']) {
      const options = { type, ...(type === 'top_k_accuracy' ? { k: 2 } : {}) };
      const result = resultOf(options, classes(3), [NaN, NaN, NaN], [0]);
      expect(typeof result === 'number' ? result : result['']).toBe(0);
    }
    expect(resultOf({ type: 'roc_auc' }, classes(2), [NaN, 1], [0, 1])).toEqual({ '': NaN });
  });
});

describe('options', () => {
  it.each<[string, Record<string, unknown> & { type: string }, Field, string]>([
    ['k', { type: 'top_k_accuracy', k: 4 }, classes(3), 'the target has only 3 classes'],
    ['positive_class', { type: 'f1', positive_class: 3 }, classes(3), 'the target has no class 3'],
    ['positive_class', { type: 'roc_auc', positive_class: 'dog' }, classes(3), 'the target has no class "dog"'],
    [
      'positive_class',
      { type: 'recall', positive_class: 1, average: 'micro' },
      classes(3),
      'with average: micro no class is the positive one',
    ],
    ['ignore_index', { type: 'accuracy', ignore_index: 3 }, classes(3), 'the target has no class 3: its classes are 0 to 2'],
  ])('%s is refused where it does not go with the target: %o', (option, options, field, message) => {
    expect(() => resultOf(options, field, [1, 2, 3], [0])).toThrow(expect.objectContaining({ message, option }) as Error);
  });
});
