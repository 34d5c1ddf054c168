import { describe, expect, it } from 'vitest';
import type { Shape } from '../../src/shape.js';
import { normal, runProgram } from '../ops/run-program.js';
import { fitModel } from '../../src/graph/programs.js';
import { buildGraph } from '../../src/graph/graph.js';
import { dataOf, experiment } from '../graph/experiment.js';
import { graphFailure, problemsOf } from '../graph/graph-failure.js';
import { type LayerProgramOptions, layerProgram } from './layer-program.js';

type Layer = Parameters<typeof layerProgram>[0];

/** Runs a layer on random inputs, some of them given, and random weights. */
function run(layer: Layer, shapes: readonly Shape[], given: Record<string, number[]> = {}, options: LayerProgramOptions = {}) {
  const { program, parameters } = layerProgram(layer, shapes, options);
  const values = [...program.inputs].map(([name, id]) => [name, normal(program.shapes[id]!, name.length).values] as const);
  const states = parameters.map(({ name, shape }, i) => [name, normal(shape, i + 1).values] as const);
  return { program, ...runProgram(program, { ...Object.fromEntries(values), ...given }, Object.fromEntries(states)) };
}

const shape = [2, 5, 4];
const x = normal(shape, 42).values;
/** The same numbers but for one step of both records. */
const changedAt = (step: number): number[] => x.map((value, i) => (Math.floor(i / 4) % 5 === step ? value + 1 : value));
const stepsThatDiffer = (a: readonly number[], b: readonly number[]): number[] => [
  ...new Set(a.flatMap((value, i) => (value === b[i] ? [] : [Math.floor(i / 4) % 5]))),
];

describe('what a step of the output depends on', () => {
  const heads = { type: 'multi_head_attention', heads: 2 };

  it('everything, without a mask', () => {
    const [before, after] = [x, changedAt(3)].map((x0) => run(heads, [shape], { x0 }).output('output'));
    expect(stepsThatDiffer(before!, after!)).toEqual([0, 1, 2, 3, 4]);
  });

  it('the steps before it and itself, where attention is causal', () => {
    const [before, after] = [x, changedAt(3)].map((x0) => run({ ...heads, causal: true }, [shape], { x0 }).output('output'));
    expect(stepsThatDiffer(before!, after!)).toEqual([3, 4]);
  });

  it('not on padding, and no gradient goes there but for its own query', () => {
    const mask = [1, 1, 1, 0, 1, 1, 1, 1, 0, 1];
    const options = { masked: true, inputGradients: true };
    const weights = normal(shape, 7).values.map((value, i) => (mask[Math.floor(i / 4)] === 1 ? value : 0));
    const [before, after] = [x, changedAt(3)].map((x0) => run(heads, [shape], { x0, mask, weights }, options));
    expect(stepsThatDiffer(before!.output('output'), after!.output('output'))).toEqual([3]);
    const gradient = before!.output('gradient/x0');
    gradient.forEach((value, i) => expect(value !== 0, `element ${i}`).toBe(mask[Math.floor(i / 4)] === 1));
  });

  it('not on the order of the keys, unless positions are rotary', () => {
    const reversed = [0, 1].flatMap((record) => [4, 3, 2, 1, 0].flatMap((step) => x.slice((record * 5 + step) * 4).slice(0, 4)));
    const same = ({ rotary }: { rotary: boolean }): boolean => {
      const [forwards, backwards] = [x, reversed].map((x0) => run({ ...heads, rotary }, [shape], { x0 }).output('output'));
      return forwards!.slice(8, 12).every((value, i) => Math.abs(value - backwards![8 + i]!) < 1e-12);
    };
    expect([same({ rotary: false }), same({ rotary: true })]).toEqual([true, false]);
  });
});

describe('a record without keys', () => {
  it('gets 0 from the keys, whatever they hold, and passes no gradient back', () => {
    const layer = { type: 'scaled_dot_product_attention' };
    const shapes = [
      [2, 3, 4],
      [2, 2, 4],
      [2, 2, 3],
    ];
    const options = { masked: [undefined, [2, 2]], inputGradients: true };
    const { output } = run(layer, shapes, { mask1: [0, 0, 1, 1] }, options);
    const zeros = (values: number[], count: number): number => values.slice(0, count).filter((value) => value === 0).length;
    expect(zeros(output('output'), 9)).toBe(9);
    for (const [name, count] of Object.entries({ x0: 12, x1: 8, x2: 6 })) {
      expect(zeros(output(`gradient/${name}`), count), name).toBe(count);
      expect(output(`gradient/${name}`).slice(count)).not.toContain(0);
    }
  });
});

describe('rotary positions', () => {
  it('depend on how far apart two steps are alone: what comes later by one step is the same', () => {
    const layer = { type: 'multi_head_attention', heads: 2, rotary: true };
    const sequence = normal([3, 4], 3).values;
    const early = run(layer, [[1, 3, 4]], { x0: sequence }).output('output');
    const padded = { x0: [...normal([4], 4).values, ...sequence], mask: [0, 1, 1, 1] };
    const late = run(layer, [[1, 4, 4]], padded, { masked: true }).output('output');
    early.forEach((value, i) => expect(late[4 + i]).toBeCloseTo(value, 6));
  });
});

describe('dropout of the attention weights', () => {
  it('drops about the part that is asked for, and only in training', () => {
    // Values of one and equal scores: the output counts the weights that are left.
    const [batch, keys, rate] = [40, 100, 0.3];
    const layer = { type: 'scaled_dot_product_attention', dropout: rate };
    const shapes = [1, keys, keys].map((time) => [batch, time, 1]);
    const zeros = { x0: new Array<number>(batch).fill(0), x1: new Array<number>(batch * keys).fill(0) };
    const given = { ...zeros, x2: new Array<number>(batch * keys).fill(1) };
    const random = Object.fromEntries(['random/layer/attention/0', 'random/layer/attention/1'].map((name) => [name, [12345]]));
    const training = run(layer, shapes, { ...given, ...random });
    expect(training.program.random.map(({ purpose }) => purpose)).toEqual(['layer/attention']);
    const kept = training.output('output').reduce((sum, value) => sum + value, 0) / batch;
    expect(Math.abs(kept - 1)).toBeLessThan((5 * Math.sqrt(rate / (1 - rate))) / Math.sqrt(batch * keys));
    expect(training.output('output').some((value) => Math.abs(value - 1) > 1e-3)).toBe(true);
    const evaluation = run(layer, shapes, given, { training: false });
    expect(evaluation.program.random).toEqual([]);
    for (const value of evaluation.output('output')) expect(value).toBeCloseTo(1, 12);
  });
});

describe('attention refuses', () => {
  const refusal = (layer: Layer, ...shapes: Shape[]): string => {
    try {
      layerProgram(layer, shapes);
      return 'nothing';
    } catch (error) {
      return (error as Error).message;
    }
  };
  const heads = { type: 'multi_head_attention', heads: 2 };
  const dot = { type: 'scaled_dot_product_attention' };

  const [sequence, heads4] = [
    [2, 3, 4],
    [2, 2, 3, 4],
  ];
  // prettier-ignore
  const cases: [string, Layer, Shape[], string][] = [
    ['heads that do not divide the width', heads, [[2, 3, 5]], 'heads: 2 must divide the width 5'],
    ['an image', heads, [[2, 3, 3, 4]], 'needs [batch, time, width], not [2, 3, 3, 4]'],
    ['a table', heads, [[2, 4]], 'needs [batch, time, width], not [2, 4]'],
    ['causal cross attention', { ...heads, causal: true }, [sequence, sequence], 'causal: true is for queries and keys of one sequence'],
    ['rotary cross attention', { ...heads, rotary: true }, [sequence, sequence], 'rotary: true is for queries and keys of one sequence'],
    ['causal attention to more keys than queries', { ...heads, causal: true }, [sequence, [2, 4, 4], [2, 4, 4]], 'of one sequence'],
    ['keys and values of other lengths', heads, [sequence, [2, 4, 4], [2, 5, 4]], 'the same steps, not 4 and 5'],
    ['rotary heads of odd depth', { ...heads, rotary: true }, [[2, 3, 6]], 'even depth, not 3'],
    ['inputs of unequal rank', dot, [sequence, [2, 1, 3, 4], sequence], 'not [2, 3, 4], [2, 1, 3, 4], [2, 3, 4]'],
    ['keys and values of other lengths', dot, [sequence, sequence, [2, 2, 4]], 'the same steps'],
    ['heads that differ', dot, [heads4, [2, 1, 3, 4], [2, 1, 3, 4]], 'the same heads'],
    ['depths that differ', dot, [sequence, [2, 3, 5], sequence], 'the same depth, not 4 and 5'],
    ['fewer keys than queries, causal', { ...dot, causal: true }, [sequence, [2, 2, 4], [2, 2, 4]], '2 keys for 3 queries'],
    ['a table without time', { type: 'positional_encoding' }, [[2, 3]], 'needs [batch, time, width], not [2, 3]'],
    ['a longer sequence', { type: 'positional_encoding', max_length: 4 }, [[2, 5, 4]], '5 steps, but max_length: 4 is the most'],
    ['patches of a table', { type: 'patches', patch_size: 2 }, [[2, 4]], 'needs [batch, height, width, channels]'],
    ['patches that do not divide', { type: 'patches', patch_size: [2, 3] }, [[2, 4, 4, 1]], '2 x 3 do not divide images of 4 x 4'],
    ['a token before a table', { type: 'class_token' }, [[2, 4]], 'needs [batch, time, width], not [2, 4]'],
    ['a scalar for each record', { type: 'feed_forward' }, [[2]], 'needs [batch, ..., width], not [2]'],
  ];

  it.each(cases)('%s', (_, layer, shapes, message) => {
    expect(refusal(layer, ...shapes)).toContain(message);
  });

  it('too few and too many inputs', () => {
    const model = (type: string, inputs: string[], more: object = {}) => [
      { type: 'dense', name: 'a', units: 4 },
      { type, inputs, ...more },
    ];
    const problems = (type: string, inputs: string[], more?: object): string[] =>
      problemsOf(graphFailure(() => buildGraph(experiment(model(type, inputs, more)).model)));
    expect(problems('multi_head_attention', ['a', 'a', 'a', 'a'], { heads: 2 })).toEqual([
      'model.1.inputs: multi_head_attention reads at most 3 layers, not 4',
    ]);
    expect(problems('scaled_dot_product_attention', ['a', 'a'])).toEqual([
      'model.1: scaled_dot_product_attention needs at least 3 inputs',
    ]);
    expect(problems('transformer_decoder', ['a'], { heads: 2 })).toEqual([
      'model.1: transformer_decoder needs at least 2 inputs',
    ]);
    expect(problems('transformer_encoder', ['a', 'a'], { heads: 2 })).toEqual([
      'model.1.inputs: transformer_encoder reads one layer, not 2',
    ]);
  });

  it('key_value_heads that do not divide heads, at the option', () => {
    const options = { heads: 4, key_value_heads: 3 };
    for (const type of ['multi_head_attention', 'transformer_encoder']) {
      expect(() => experiment([{ type, ...options }])).toThrow('key_value_heads must divide heads');
    }
  });

  it('at the layer, with what it reads', () => {
    const model = [{ type: 'dense', units: 6 }, { type: 'multi_head_attention', heads: 4 }, { type: 'flatten' }];
    expect(() => fitModel(experiment(model), dataOf([3, 2]))).toThrow(
      'layer "multi_head_attention_1" (multi_head_attention) cannot take its input: heads: 4 must divide the width 6',
    );
  });
});
