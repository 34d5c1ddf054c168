import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Expression, call, constant, elementIndex, input } from '../../src/ops/expression.js';
import type { TensorId, Window2d } from '../../src/ops/op.js';
import { ProgramBuilder } from '../../src/program/builder.js';
import { appendGradients } from '../../src/program/gradient.js';
import { optimize } from '../../src/program/optimize.js';
import type { Program } from '../../src/program/program.js';
import { type Shape } from '../../src/shape.js';
import { normal, runProgram } from '../ops/run-program.js';

const relu = call('maximum', call('add', input(0), input(1)), constant(0));
const window = (stride: number, padding = 0): Window2d => ({
  strides: [stride, stride],
  dilation: [1, 1],
  padding: { top: padding, bottom: padding, left: padding, right: padding },
});

interface Setting {
  formula: Expression;
  poolSize: number;
  window: Window2d;
  image: Shape;
  bias: Shape;
  alsoRead: boolean;
}

/** The loss and the gradients of x and bias, where loss = sum(weight * pool(formula(x, bias))). */
function pooled({ formula, poolSize, window, image, bias, alsoRead }: Setting): Program {
  const builder = new ProgramBuilder();
  const [x, b] = [builder.input('x', image), builder.input('b', bias)];
  const y = builder.map(formula, [x, b], image);
  const z = builder.add({ kind: 'max_pool2d', poolSize: [poolSize, poolSize], window }, [y]);
  const weight = builder.input('weight', builder.shapeOf(z));
  let loss: TensorId = builder.reduce('sum', builder.map(call('multiply', input(0), input(1)), [z, weight]), [0, 1, 2, 3]);
  if (alsoRead) loss = builder.map(call('add', input(0), input(1)), [loss, builder.reduce('sum', y, [0, 1, 2, 3])]);
  builder.output('loss', loss);
  const scalar = builder.reshape(loss, []);
  appendGradients(builder, scalar, [x, b]).forEach((gradient, i) => builder.output(`gradient_${i}`, gradient!));
  return builder.finish();
}

/** The number of elements that maps compute. */
const mapped = (program: Program): number =>
  program.ops.reduce(
    (sum, { attributes }) => sum + (attributes.kind === 'map' ? attributes.shape.reduce((n, length) => n * length, 1) : 0),
    0,
  );
const firstKinds = (program: Program): string[] =>
  program.ops.flatMap(({ attributes: { kind } }) => (kind === 'map' || kind === 'max_pool2d' ? [kind] : []));

const plain: Setting = { formula: relu, poolSize: 2, window: window(2), image: [2, 6, 4, 3], bias: [3], alsoRead: false };

describe('poolFirst', () => {
  it('changes no value and no gradient, however windows lie', () => {
    const add = call('add', input(0), input(1));
    const settings = fc.record({
      formula: fc.constantFrom(relu, add, call('minimum', add, constant(0.5)), call('subtract', input(0), input(1))),
      poolSize: fc.integer({ min: 2, max: 3 }),
      window: fc.tuple(fc.integer({ min: 2, max: 3 }), fc.integer({ min: 0, max: 1 })).map(([s, p]) => window(s, p)),
      image: fc.tuple(fc.integer({ min: 4, max: 9 }), fc.integer({ min: 4, max: 9 })).map(([h, w]) => [2, h, w, 3]),
      bias: fc.constantFrom<Shape>([3], [], [2, 1, 1, 3]),
      alsoRead: fc.boolean(),
    });
    let exchanged = 0;
    fc.assert(
      fc.property(settings, (setting) => {
        const program = pooled(setting);
        const optimized = optimize(program);
        const inputs = Object.fromEntries(
          [...program.inputs].map(([name, id], i) => [name, normal(program.shapes[id]!, i + 1).values]),
        );
        const [before, after] = [runProgram(program, inputs), runProgram(optimized, inputs)];
        for (const name of program.outputs.keys()) {
          after.output(name).forEach((value, i) => expect(value).toBeCloseTo(before.output(name)[i]!, 10));
        }
        if (firstKinds(optimized)[0] === 'max_pool2d') exchanged++;
      }),
      { seed: 4, numRuns: 200 },
    );
    // Without another reader of y and with a mask that the rules know, that is relu, or no mask at all.
    expect(exchanged).toBeGreaterThan(20);
  });

  it('leaves maps of the pooled size alone, forward and in the gradient', () => {
    const optimized = optimize(pooled(plain));
    expect(firstKinds(optimized).slice(0, 2)).toEqual(['max_pool2d', 'map']);
    expect(mapped(optimized)).toBeLessThan(2 * 6 * 4 * 3);
  });

  const kept: [string, Partial<Setting>][] = [
    ['whose value is read elsewhere', { alsoRead: true }],
    ['that falls', { formula: call('maximum', call('subtract', input(1), input(0)), constant(0)) }],
    ['that depends on the position', { formula: call('add', relu, call('multiply', elementIndex, constant(0.1))) }],
    ['with another operand that varies within a window', { bias: [2, 6, 4, 3] }],
    ['whose pooling leaves as many values', { poolSize: 3, window: window(1, 1) }],
  ];
  it.each(kept)('does not exchange a map %s', (_, change) => {
    expect(firstKinds(optimize(pooled({ ...plain, ...change })))[0]).toBe('map');
  });
});
