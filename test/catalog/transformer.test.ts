import { describe, expect, it } from 'vitest';
import { buildGraph } from '../../src/graph/graph.js';
import { ProgramBuilder } from '../../src/program/builder.js';
import { buildModel } from '../../src/graph/model.js';
import { optimize } from '../../src/program/optimize.js';
import { evaluationProgram, fitModel, trainingProgram } from '../../src/graph/programs.js';
import { dataOf, experiment } from '../graph/experiment.js';
import { graphFailure } from '../graph/graph-failure.js';
import { normal, runProgram } from '../ops/run-program.js';

const readsOf = (layer: object, more: object[] = []): string[] =>
  buildGraph(experiment([...more, { name: 'it', ...layer }]).model).nodes.map(
    ({ name, inputs }) => `${name} <- ${inputs.join(', ')}`,
  );
const encoder = (options: object = {}) => ({ type: 'transformer_encoder', heads: 2, ...options });
const decoder = (options: object = {}) => ({ type: 'transformer_decoder', heads: 2, inputs: ['x', 'y'], ...options });

/** What a model makes of sequences of words, with random weights. */
function read(layers: object[], words: readonly (readonly number[])[]): number[] {
  const builder = new ProgramBuilder();
  const graph = buildGraph(experiment(layers).model);
  const x = builder.input('words', [words.length, words[0]!.length]);
  const { output, parameters } = buildModel(builder, graph, () => x, false);
  builder.output('y', output);
  const states = Object.fromEntries(parameters.map(({ name, shape }) => [name, normal(shape, name.length).values]));
  return runProgram(optimize(builder.finish()), { words: words.flat() }, states).output('y');
}

describe('a classifier of texts of several lengths', () => {
  const classifier = (block: object): object[] => [
    { type: 'embedding', input_dim: 9, output_dim: 4, mask_zero: true },
    { type: 'positional_encoding' },
    block,
    { type: 'global_average_pool1d' },
    { type: 'dense', units: 3 },
  ];
  const word = [7, 2, 5];

  it.each([encoder(), encoder({ norm_first: true, causal: true, layers: 2, rotary: true })])(
    'says of a padded one what it says of it alone: %j',
    (block) => {
      const alone = read(classifier(block), [word]);
      const padded = read(classifier(block), [
        [...word, 0, 0],
        [1, 2, 3, 4, 5],
      ]).slice(0, 3);
      padded.forEach((value, i) => expect(value).toBeCloseTo(alone[i]!, 10));
    },
  );
});

describe('blocks of Transformers', () => {
  it('normalise after each sum', () => {
    expect(readsOf(encoder({ dropout: 0.1 }))).toEqual([
      'it.0.self_attention <- input',
      'it.0.dropout_1 <- it.0.self_attention',
      'it.0.sum_1 <- input, it.0.dropout_1',
      'it.0.norm_1 <- it.0.sum_1',
      'it.0.feed_forward <- it.0.norm_1',
      'it.0.dropout_2 <- it.0.feed_forward',
      'it.0.sum_2 <- it.0.norm_1, it.0.dropout_2',
      'it.0.norm_2 <- it.0.sum_2',
    ]);
  });

  it('or before each part, one block after the other', () => {
    const reads = readsOf(encoder({ norm_first: true, layers: 2 }));
    expect(reads.slice(0, 7)).toEqual([
      'it.0.norm_1 <- input',
      'it.0.self_attention <- it.0.norm_1',
      'it.0.sum_1 <- input, it.0.self_attention',
      'it.0.norm_2 <- it.0.sum_1',
      'it.0.feed_forward <- it.0.norm_2',
      'it.0.sum_2 <- it.0.sum_1, it.0.feed_forward',
      'it.1.norm_1 <- it.0.sum_2',
    ]);
    expect(reads).toHaveLength(12);
  });

  it('all read the memory in a decoder', () => {
    const sources = [
      { type: 'dense', name: 'x', units: 4 },
      { type: 'dense', name: 'y', inputs: 'input', units: 6 },
    ];
    const reads = readsOf(decoder({ layers: 2 }), sources);
    expect(reads.filter((line) => line.includes('cross_attention <-'))).toEqual([
      'it.0.cross_attention <- it.0.norm_1, y',
      'it.1.cross_attention <- it.1.norm_1, y',
    ]);
    const model = fitModel(
      experiment([...sources, decoder(), { type: 'flatten' }, { type: 'dense', units: 10 }]),
      dataOf([3, 2]),
    );
    const cross = model.parameters.filter(({ name }) => name.includes('cross_attention'));
    expect(cross.map(({ name, shape }) => [name.split('/')[1], shape])).toContainEqual(['key.kernel', [6, 4]]);
  });

  it('see the future in an encoder and not in a decoder, unless asked to', () => {
    const causal = (layer: object, more: object[] = []): unknown =>
      buildGraph(experiment([...more, layer]).model).nodes.find(({ name }) => name.endsWith('self_attention'))!.options.causal;
    const sources = ['x', 'y'].map((name) => ({ type: 'dense', name, inputs: 'input', units: 4 }));
    expect([causal(encoder()), causal(encoder({ causal: true }))]).toEqual([false, true]);
    expect([causal(decoder(), sources), causal(decoder({ causal: false }), sources)]).toEqual([true, false]);
  });

  it('drop attention weights, activations and what each part adds, each with a mask of its own, while training', () => {
    const model = fitModel(
      experiment([encoder({ dropout: 0.2, layers: 2 }), { type: 'flatten' }, { type: 'dense', units: 10 }]),
      dataOf([3, 4]),
    );
    const purposes = trainingProgram(model, 2).random.map(({ purpose }) => purpose);
    expect(purposes).toEqual(
      [0, 1].flatMap((i) =>
        ['self_attention/attention', 'dropout_1', 'feed_forward', 'dropout_2'].map(
          (name) => `transformer_encoder_1.${i}.${name}`,
        ),
      ),
    );
    expect(evaluationProgram(model, 2).random).toEqual([]);
  });

  it('are at fault as a whole, at their place in the config', () => {
    const model = experiment([{ type: 'dense', units: 5 }, encoder(), { type: 'flatten' }]);
    const { path, message } = graphFailure(() => fitModel(model, dataOf([3, 4])));
    expect(path).toEqual(['model', 1]);
    expect(message).toBe(
      'layer "transformer_encoder_1.0.self_attention" (multi_head_attention) cannot take its input: heads: 2 must divide the width 5',
    );
  });
});
