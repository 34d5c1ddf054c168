import { describe, expect, it } from 'vitest';
import { benchmarkNames, benchmarks } from '../../src/cli/benchmarks.js';
import { size } from '../../src/shape.js';

/** The parameters of the same networks in PyTorch, whose LSTM has its bias twice. */
const parametersInPyTorch: Record<string, number> = {
  'mnist-cnn': 1_199_882,
  mlp: 235_146,
  resnet20: 272_474,
  'char-lstm': 117_856 - 4 * 128,
  'tiny-gpt': 826_208,
  'tiny-mlp': 131,
};

describe('the networks that are timed', () => {
  it.each(benchmarkNames)('%s has as many parameters as in PyTorch', (name) => {
    const { parameters } = benchmarks[name]!();
    expect(parameters.reduce((sum, { shape }) => sum + size(shape), 0)).toBe(parametersInPyTorch[name]);
  });
});
