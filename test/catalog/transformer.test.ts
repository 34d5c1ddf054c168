import { describe, expect, it } from 'vitest';
import { buildGraph } from '../../src/graph/graph.js';
import { evaluationProgram, fitModel, trainingProgram } from '../../src/graph/programs.js';
import { dataOf, experiment } from '../graph/experiment.js';
import { graphFailure } from '../graph/graph-failure.js';

const readsOf = (layer: object, more: object[] = []): string[] =>
  buildGraph(experiment([...more, { name: 'it', ...layer }]).model).nodes.map(
    ({ name, inputs }) => `${name} <- ${inputs.join(', ')}`,
  );
const encoder = (options: object = {}) => ({ type: 'transformer_encoder', heads: 2, ...options });
const decoder = (options: object = {}) => ({ type: 'transformer_decoder', heads: 2, inputs: ['x', 'y'], ...options });

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
