import { describe, expect, it } from 'vitest';
import type { DatasetInfo } from '../../src/catalog/dataset.js';
import { layers } from '../../src/catalog/layers/index.js';
import { fitModel, trainingProgram } from '../../src/graph/programs.js';
import { initialValues } from '../../src/graph/model.js';
import type { ConcatenateOp, MatmulOp } from '../../src/ops/op.js';
import { dataOf, experiment } from '../graph/experiment.js';
import { normal, runProgram } from '../ops/run-program.js';
import { layerProgram } from './layer-program.js';

const types = ['simple_rnn', 'lstm', 'gru'];
const [features, time] = [3, 6];

/** The output of one record, whose first `length` steps count and lie at `start`; the others hold large numbers. */
function run(layer: { type: string } & Record<string, unknown>, length: number, total: number, start = 0): number[] {
  const { program, parameters } = layerProgram(layer, [[1, total, features]], { masked: total > length });
  const counts = Array.from({ length: total }, (_, t) => Number(t >= start && t < start + length));
  const values = normal([length, features], 5).values;
  const x = counts.flatMap((count, t) =>
    count === 1 ? values.slice((t - start) * features, (t - start + 1) * features) : [1e3, -1e3, 1e3],
  );
  const states = Object.fromEntries(parameters.map(({ name, shape }, i) => [name, normal(shape, i).values]));
  const unread = { weights: new Array<number>(1000).fill(0) };
  return runProgram(program, { x0: x, mask: counts, ...unread }, states).output('output');
}

describe.each(types)('%s over padded sequences', (type) => {
  const options = [{}, { num_layers: 2 }, { bidirectional: true, num_layers: 2 }, { go_backwards: true }];

  it.each(options)('gives the state of the shorter sequence, with %j', (rest) => {
    const layer = { type, units: 4, ...rest };
    for (const length of [1, 3, time - 1]) {
      const expected = run(layer, length, length);
      expect(run(layer, length, time), 'padded on the right').toEqual(expected);
      expect(run(layer, length, time, time - length), 'padded on the left').toEqual(expected);
      expect(run(layer, length, length + 2, 1), 'padded on both sides').toEqual(expected);
    }
  });

  it('repeats its state where a step is padding', () => {
    const layer = { type, units: 2, return_sequences: true };
    const whole = run(layer, 3, 3);
    expect(run(layer, 3, time)).toEqual([...whole, ...whole.slice(4), ...whole.slice(4), ...whole.slice(4)]);
    expect(run(layer, 3, 5, 2)).toEqual([0, 0, 0, 0, ...whole]);
  });

  it('hands its mask on with the sequence, and none with the last state', () => {
    const outputs = (return_sequences: boolean): string[] => [
      ...layerProgram({ type, units: 2, return_sequences }, [[2, 3, 4]], { masked: true }).program.outputs.keys(),
    ];
    expect(outputs(true)).toContain('mask');
    expect(outputs(false)).not.toContain('mask');
  });
});

describe('recurrent layers', () => {
  it('start as Keras does: an orthogonal recurrent kernel, and a bias of 1 for the forget gate', () => {
    const { parameters } = layerProgram({ type: 'lstm', units: 3 }, [[2, 4, 5]]);
    const values = Object.fromEntries(parameters.map((one) => [one.name, [...initialValues(one, 1)]]));
    expect(values['layer/bias']).toEqual([0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
    const rows = [0, 1, 2].map((row) => values['layer/recurrent_kernel']!.slice(row * 12, (row + 1) * 12));
    const dot = (a: number[], b: number[]): number => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
    rows.forEach((a, i) => rows.forEach((b, j) => expect(dot(a, b)).toBeCloseTo(Number(i === j), 6)));
    const limit = Math.sqrt(6 / (5 + 12));
    expect(Math.max(...values['layer/kernel']!.map(Math.abs))).toBeLessThanOrEqual(limit);
    const plain = layerProgram({ type: 'lstm', units: 2, unit_forget_bias: false }, [[2, 4, 5]]).parameters;
    expect([
      ...initialValues(
        plain.find(({ name }) => name === 'layer/bias')!,
        1,
      ),
    ]).toEqual(new Array<number>(8).fill(0));
  });

  it('draw the parts of a parameter apart and put them side by side', () => {
    const uniform = (min: number) => ({ type: 'uniform', min, max: min + 1 });
    const fans = { fanIn: 2, fanOut: 6 };
    const initializer = [uniform(0), { type: 'constant', value: 7 }, uniform(20)];
    const values = [...initialValues({ name: 'a/b', layer: 'a', shape: [2, 6], initializer, fans }, 1)];
    expect(values.map((v) => Math.floor(v))).toEqual([0, 0, 7, 7, 20, 20, 0, 0, 7, 7, 20, 20]);
    expect(new Set(values).size).toBe(9);
  });

  it('name their parameters by layer and direction where there are several', () => {
    const names = (rest: object): string[] =>
      layerProgram({ type: 'gru', units: 2, ...rest }, [[2, 3, 4]]).parameters.map(({ name }) => name.replace('layer/', ''));
    const own = ['kernel', 'recurrent_kernel', 'bias', 'recurrent_bias'];
    expect(names({})).toEqual(own);
    expect(names({ bidirectional: true })).toEqual(['forward', 'backward'].flatMap((d) => own.map((name) => `${d}/${name}`)));
    expect(names({ num_layers: 2 })).toEqual([1, 2].flatMap((n) => own.map((name) => `layer_${n}/${name}`)));
  });

  it('multiply their kernels once for all steps, forward and in the gradient', () => {
    const steps = 8;
    for (const type of types) {
      const { program } = layerProgram({ type, units: 4, return_sequences: true }, [[3, steps, 5]], {
        inputGradients: true,
        parameterGradients: true,
      });
      const products = program.ops.filter(({ attributes }) => attributes.kind === 'matmul');
      const forward = products.filter(({ phase }) => phase === 'forward');
      // The kernel's; from the second step on the state's.
      expect(forward.length, type).toBe(1 + (steps - 1));
      // Each state's gradient from the step after it; those of the kernels, and that of the input.
      expect(products.length - forward.length, type).toBe(steps - 1 + 3);
      const transposed = products.filter(({ attributes }) => (attributes as MatmulOp).transposeA);
      expect(transposed.length, type).toBe(2);
    }
  });

  it('join what the steps give along the time once', () => {
    const joins = (type: string): number =>
      layerProgram({ type, units: 4, return_sequences: true }, [[3, 8, 5]], {
        inputGradients: true,
        parameterGradients: true,
      }).program.ops.filter(({ attributes }) => attributes.kind === 'concatenate' && (attributes as ConcatenateOp).axis === 0)
        .length;
    // The outputs, and the gradients of what the kernel gave: the recurrent kernel's gradient reads parts of both.
    expect(joins('simple_rnn')).toBe(2);
    expect(joins('lstm')).toBe(2);
    // Its recurrent kernel gives something else than its kernel.
    expect(joins('gru')).toBe(4);
  });

  it('have ops in proportion to their steps', () => {
    const ops = (steps: number): number =>
      trainingProgram(
        fitModel(
          experiment([
            { type: 'lstm', units: 4 },
            { type: 'dense', units: 10 },
          ]),
          dataOf([steps, 3]),
        ),
        2,
      ).ops.length;
    expect(ops(33) - ops(32)).toBe(ops(9) - ops(8));
  });

  it('refuse what is no sequence', () => {
    for (const type of types) {
      const layer = { type, units: 2 };
      expect(() => layerProgram(layer, [[2, 3]])).toThrow(`${type} needs [batch, time, channels], not [2, 3]`);
      expect(() => layerProgram(layer, [[2, 0, 3]])).toThrow(`${type} needs a sequence of at least one step`);
      const both = layers.schema().safeParse({ ...layer, bidirectional: true, go_backwards: true });
      expect(both.error?.issues[0]?.message).toBe('bidirectional and go_backwards exclude each other');
    }
    expect(() => layerProgram({ type: 'embedding', input_dim: 3, output_dim: 2 }, [[2, 3, 4]])).toThrow(
      'embedding needs indices [batch, time], not [2, 3, 4]',
    );
  });
});

describe('embedding', () => {
  const masks = (mask_zero: boolean) => {
    const { program } = layerProgram({ type: 'embedding', input_dim: 3, output_dim: 1, mask_zero }, [[2, 3]]);
    const run = runProgram(program, { x0: [0, 2, 0, 1, 0, 2], weights: new Array<number>(6).fill(0) }, {});
    return program.outputs.has('mask') ? run.output('mask') : undefined;
  };

  it('wants a vector for each index that the data set has', () => {
    const info: DatasetInfo = {
      inputs: { input: { kind: 'class', shape: [4], classes: 30 } },
      targets: { target: { kind: 'class', shape: [], classes: 10 } },
      trainLength: 100,
      testLength: 10,
    };
    const fit = (input_dim: number) =>
      fitModel(
        experiment([{ type: 'embedding', input_dim, output_dim: 2 }, { type: 'flatten' }, { type: 'dense', units: 10 }]),
        info,
      );
    expect(() => fit(29)).toThrow('input_dim: 29 is less than the 30 different indices of its input');
    expect(fit(30).parameters[0]!.shape).toEqual([30, 2]);
  });

  it('masks index 0 where it is padding', () => {
    expect(masks(true)).toEqual([0, 1, 0, 1, 0, 1]);
    expect(masks(false)).toBeUndefined();
  });
});
