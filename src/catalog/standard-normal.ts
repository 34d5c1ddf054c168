import { type Expression, call, constant, input } from '../ops/expression.js';
import type { TensorId } from '../ops/op.js';
import type { ProgramBuilder } from '../program/builder.js';

/** Polynomials, highest power first, for `w < 5` in w - 2.5 and beyond in the square root of w less 3 (Giles, 2012, table 5). */
const central = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164, 0.246640727,
  1.50140941,
];
const tail = [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047, 1.00167406,
  2.83297682,
];

const polynomial = (coefficients: readonly number[], at: Expression): Expression =>
  coefficients
    .slice(1)
    .reduce((sum: Expression, c) => call('add', call('multiply', sum, at), constant(c)), constant(coefficients[0]!));

/**
 * Standard normal numbers of uniform ones u = n / 2^24: the quantiles of (n + 0.5) / 2^24, which reach to ±5.42. The absolute error is
 * below 5e-7, in float32 below 1e-6: sqrt(2) times the inverse error function of Giles, Approximating the erfinv function (GPU
 * Computing Gems, 2012).
 */
export function normalOfUniform(builder: ProgramBuilder, uniform: TensorId): TensorId {
  // An odd number over 2^24, which float32 has exactly: neither 1 nor -1, and as often below 0 as above.
  const doubled = call('subtract', call('multiply', input(0), constant(2)), constant(1));
  const x = builder.map(call('add', doubled, constant(2 ** -24)), [uniform]);
  const product = call('multiply', call('subtract', constant(1), input(0)), call('add', constant(1), input(0)));
  const w = builder.map(call('negate', call('logarithm', product)), [x]);
  const isCentral = call('greater', constant(5), input(0));
  const offset = call('subtract', input(0), constant(2.5));
  const root = call('subtract', call('square_root', input(0)), constant(3));
  const at = builder.map(call('select', isCentral, offset, root), [w]);
  const ratio = call('select', isCentral, polynomial(central, input(1)), polynomial(tail, input(1)));
  return builder.map(call('multiply', call('multiply', ratio, constant(Math.SQRT2)), input(2)), [w, at, x]);
}

/** Standard normal numbers, another set for every run: a function of (seed, purpose, step, element). */
export function standardNormal(builder: ProgramBuilder, purpose: string, shape: readonly number[]): TensorId {
  return normalOfUniform(builder, builder.randomUniform(purpose, shape));
}
