import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { derivative } from '../../src/ops/derivative.js';
import { type Expression, call, constant, input, walk } from '../../src/ops/expression.js';
import { type PrimitiveName, primitives } from '../../src/ops/primitives.js';
import { runOp } from './run-program.js';

const scalar = (values: readonly number[]) => values.map((value) => ({ shape: [], values: [value] }));

function evaluate(expression: Expression, values: readonly number[]): number {
  return runOp({ kind: 'map', expression, shape: [] }, scalar(values)).values[0]!;
}

/** The derivative at `values`, given the formula's own value as one input more, as the gradient of a map op does. */
function slope(expression: Expression, index: number, values: readonly number[]): number {
  const partial = derivative(expression, index, input(values.length));
  return partial === undefined ? 0 : evaluate(partial, [...values, evaluate(expression, values)]);
}

function centralDifference(expression: Expression, index: number, values: readonly number[], step = 1e-5): number {
  const moved = (by: number) => evaluate(expression, values.with(index, values[index]! + by));
  return (moved(step) - moved(-step)) / (2 * step);
}

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const any = between(-3, 3);
const positive = between(0.3, 3);
const offZero = fc.oneof(positive, between(-3, -0.3));
const apart = fc.tuple(any, any).filter(([a, b]) => Math.abs(a - b) > 1e-3);
const between0And1 = any.map((x) => Math.floor(x) + 0.05 + 0.9 * Math.abs(x - Math.trunc(x)));

/** Where each primitive is smooth: no primitive may be left out. */
const domains: Record<PrimitiveName, fc.Arbitrary<number[]>> = {
  add: fc.tuple(any, any),
  subtract: fc.tuple(any, any),
  multiply: fc.tuple(any, any),
  divide: fc.tuple(any, offZero),
  negate: fc.tuple(any),
  maximum: apart,
  minimum: apart,
  absolute: fc.tuple(offZero),
  square_root: fc.tuple(positive),
  exponential: fc.tuple(any),
  logarithm: fc.tuple(positive),
  hyperbolic_tangent: fc.tuple(any),
  sigmoid: fc.tuple(any),
  error_function: fc.tuple(any),
  floor: fc.tuple(between0And1),
  greater: apart,
  greater_equal: apart,
  equal: apart,
  select: fc.tuple(fc.constantFrom(0, 1), any, any),
  // A function of whole numbers only, with no slope between them.
  random_uniform: fc.tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000)),
};

describe('derivatives of the primitives', () => {
  it('are tested for every primitive', () => {
    expect(Object.keys(domains).sort()).toEqual(Object.keys(primitives).sort());
  });

  for (const [name, domain] of Object.entries(domains) as [PrimitiveName, fc.Arbitrary<number[]>][]) {
    it(`${name} agrees with central differences`, () => {
      const { arity } = primitives[name];
      const formula = call(name, ...Array.from({ length: arity }, (_, i) => input(i)));
      fc.assert(
        fc.property(domain, (values) => {
          for (let index = 0; index < arity; index++) {
            const expected =
              name === 'random_uniform' || (name === 'select' && index === 0) ? 0 : centralDifference(formula, index, values);
            const error = Math.abs(slope(formula, index, values) - expected);
            expect(error).toBeLessThanOrEqual(1e-8 * Math.max(1, Math.abs(expected)));
          }
        }),
        { seed: 1, numRuns: 100 },
      );
    });
  }
});

describe('derivatives at kinks', () => {
  const relu = call('maximum', input(0), constant(0));

  it('of relu is 0 at 0, as in PyTorch', () => {
    expect(slope(relu, 0, [0])).toBe(0);
    expect(slope(relu, 0, [-0])).toBe(0);
    expect(slope(relu, 0, [Number.MIN_VALUE])).toBe(1);
    expect(slope(relu, 0, [-Number.MIN_VALUE])).toBe(0);
  });

  it('of |x| is 0 at 0, as in PyTorch', () => {
    expect(slope(call('absolute', input(0)), 0, [0])).toBe(0);
  });

  it('of equal arguments goes to one of them whole, never to none and never twice', () => {
    for (const name of ['maximum', 'minimum'] as const) {
      const formula = call(name, input(0), input(1));
      expect([slope(formula, 0, [2, 2]), slope(formula, 1, [2, 2])]).toEqual([0, 1]);
    }
  });

  it('of a square root at 0 is infinite, as in PyTorch', () => {
    expect(slope(call('square_root', input(0)), 0, [0])).toBe(Infinity);
  });

  it('of select does not look at the side that is not taken', () => {
    // log(x) has no value left of 0: the derivative must still be that of the other side.
    const formula = call('select', call('greater', input(0), constant(0)), call('logarithm', input(0)), call('negate', input(0)));
    expect(slope(formula, 0, [2])).toBe(0.5);
    expect(slope(formula, 0, [-2])).toBe(-1);
  });
});

describe('derivatives of composed formulas', () => {
  const two: fc.Arbitrary<Expression> = fc.letrec<{ formula: Expression }>((tie) => ({
    formula: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom(input(0), input(1), constant(0), constant(1), constant(-0.7)),
      // Bounded and smooth, so that any composition stays where differences are accurate.
      tie('formula').map((a) => call('hyperbolic_tangent', a)),
      tie('formula').map((a) => call('negate', a)),
      tie('formula').map((a) => call('exponential', call('hyperbolic_tangent', a))),
      tie('formula').map((a) => call('square_root', call('add', constant(1), call('multiply', a, a)))),
      fc.tuple(tie('formula'), tie('formula')).map(([a, b]) => call('add', a, b)),
      fc.tuple(tie('formula'), tie('formula')).map(([a, b]) => call('subtract', a, call('hyperbolic_tangent', b))),
      fc
        .tuple(tie('formula'), tie('formula'))
        .map(([a, b]) => call('multiply', call('hyperbolic_tangent', a), call('hyperbolic_tangent', b))),
      fc
        .tuple(tie('formula'), tie('formula'))
        .map(([a, b]) => call('divide', a, call('add', constant(2), call('hyperbolic_tangent', b)))),
    ),
  })).formula;

  it('follow the chain rule', () => {
    fc.assert(
      fc.property(two, between(-1, 1), between(-1, 1), (formula, a, b) => {
        for (const index of [0, 1]) {
          const expected = centralDifference(formula, index, [a, b]);
          expect(Math.abs(slope(formula, index, [a, b]) - expected)).toBeLessThan(1e-7 * Math.max(1, Math.abs(expected)));
        }
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  const tanhs = (formula: Expression): number => {
    let count = 0;
    walk(formula, (e) => (count += Number(e.kind === 'call' && e.primitive === 'hyperbolic_tangent')));
    return count;
  };

  it('read the value of a sigmoid made of tanh instead of computing tanh again', () => {
    const half = call('hyperbolic_tangent', call('multiply', input(0), constant(0.5)));
    const sigmoid = call('multiply', call('add', half, constant(1)), constant(0.5));
    expect(tanhs(derivative(sigmoid, 0, input(1))!)).toBe(0);
    for (const x of [-40, -9, -1, -1e-3, 0, 0.5, 3, 20]) {
      const y = 1 / (1 + Math.exp(-x));
      expect(Math.abs(slope(sigmoid, 0, [x]) - y * (1 - y))).toBeLessThan(1e-15);
    }
  });

  it('do not, where a summand would cost digits', () => {
    const shifted = call('add', call('hyperbolic_tangent', input(0)), constant(1e12));
    expect(tanhs(derivative(shifted, 0, input(1))!)).toBeGreaterThan(0);
    expect(Math.abs(slope(shifted, 0, [0.3]) - (1 - Math.tanh(0.3) ** 2))).toBeLessThan(1e-15);
  });

  it('are absent for an input that is not read', () => {
    expect(derivative(call('exponential', input(0)), 1, input(2))).toBeUndefined();
    expect(derivative(call('floor', input(0)), 0, input(1))).toBeUndefined();
  });
});
