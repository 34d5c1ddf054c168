import { describe, expect, it } from 'vitest';
import { buildGraph } from '../../src/graph/graph.js';
import { buildModel } from '../../src/graph/model.js';
import { ProgramBuilder } from '../../src/program/builder.js';
import { appendGradients } from '../../src/program/gradient.js';
import { optimize } from '../../src/program/optimize.js';
import { experiment } from '../graph/experiment.js';
import { runProgram } from '../ops/run-program.js';

const count = 20_000;

/** One dropout layer on ones, or two after each other: output and the gradient of its total. */
function drop(rate: number, { training = true, key = 12345, layers = 1 } = {}) {
  const builder = new ProgramBuilder();
  const x = builder.input('x', [2, count / 2]);
  const model = experiment(new Array<object>(layers).fill({ type: 'dropout', rate })).model;
  const { output } = buildModel(builder, buildGraph(model), () => x, training);
  builder.output('y', output);
  builder.output('gradient', appendGradients(builder, builder.total(output), [x])[0]!);
  const program = optimize(builder.finish());
  const inputs: Record<string, number[]> = { x: new Array<number>(count).fill(1) };
  program.random.forEach(({ purpose }, i) => {
    inputs[`random/${purpose}/0`] = [key + 77 * i];
    inputs[`random/${purpose}/1`] = [4321];
  });
  return runProgram(program, inputs);
}

describe('dropout', () => {
  it.each([0.1, 0.25, 0.5, 0.9])('drops %d of the elements and divides the others by the rest', (rate) => {
    const y = drop(rate).output('y');
    expect(new Set(y)).toEqual(new Set([0, 1 / (1 - rate)]));
    const kept = y.filter((v) => v !== 0).length / count;
    expect(Math.abs(kept - (1 - rate))).toBeLessThan(5 * Math.sqrt((rate * (1 - rate)) / count));
  });

  it('lets the gradient through where the value went, equally scaled', () => {
    const { output } = drop(0.3);
    expect(output('gradient')).toEqual(output('y'));
  });

  it('passes everything in evaluation and at rate 0', () => {
    expect(new Set(drop(0.5, { training: false }).output('y'))).toEqual(new Set([1]));
    expect(new Set(drop(0).output('y'))).toEqual(new Set([1]));
  });

  it('draws another mask for another key and another layer, independent of each other', () => {
    const [a, b] = [drop(0.5).output('y'), drop(0.5, { key: 12346 }).output('y')];
    const both = a.filter((v, i) => v !== 0 && b[i] !== 0).length / count;
    expect(Math.abs(both - 0.25)).toBeLessThan(0.02);
    const twice = drop(0.5, { layers: 2 }).output('y');
    expect(Math.abs(twice.filter((v) => v !== 0).length / count - 0.25)).toBeLessThan(0.02);
    expect(drop(0.5).output('y')).toEqual(a);
  });
});
