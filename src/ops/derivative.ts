import { type Expression, call, constant } from './expression.js';
import type { PrimitiveName } from './primitives.js';

type Partial = Expression | undefined;
type Rule = (args: readonly Expression[], self: Expression) => Partial[];

const one = constant(1);
const zero = constant(0);
const piecewiseConstant: Rule = () => [];

/** One partial derivative per argument; `undefined`, or none, is 0 everywhere. `self` is the call itself. */
const rules: Record<PrimitiveName, Rule> = {
  add: () => [one, one],
  subtract: () => [one, constant(-1)],
  multiply: ([a, b]) => [b, a],
  divide: ([, b], self) => [call('divide', one, b!), call('negate', call('divide', self, b!))],
  negate: () => [constant(-1)],
  // Where both are equal the derivative goes to the second one, so that relu(0) = maximum(0, 0) has derivative 0 as in PyTorch.
  maximum: ([a, b], self) => [call('greater', self, b!), call('greater_equal', b!, a!)],
  minimum: ([a, b], self) => [call('greater', b!, self), call('greater_equal', a!, b!)],
  absolute: ([a]) => [call('subtract', call('greater', a!, zero), call('greater', zero, a!))],
  square_root: (_, self) => [call('divide', constant(0.5), self)],
  exponential: (_, self) => [self],
  logarithm: ([a]) => [call('divide', one, a!)],
  hyperbolic_tangent: (_, self) => [call('subtract', one, call('multiply', self, self))],
  error_function: ([a]) => [
    call('multiply', constant(2 / Math.sqrt(Math.PI)), call('exponential', call('negate', call('multiply', a!, a!)))),
  ],
  floor: piecewiseConstant,
  greater: piecewiseConstant,
  greater_equal: piecewiseConstant,
  equal: piecewiseConstant,
  select: ([condition]) => [undefined, call('select', condition!, one, zero), call('select', condition!, zero, one)],
  random_uniform: piecewiseConstant,
};

/**
 * The partial derivative of a formula with respect to one of its inputs, or `undefined` where it is 0 everywhere.
 *
 * `output` stands for the formula's own value: where it occurs whole in the derivative (`exp`, `tanh`, `relu`), the value that the
 * forward pass has already computed is read instead of being computed again.
 */
export function derivative(expression: Expression, inputIndex: number, output: Expression): Partial {
  const visit = (e: Expression, value: Expression): Partial => {
    if (e.kind === 'input') return e.index === inputIndex ? one : undefined;
    if (e.kind !== 'call') return undefined;
    const partials = rules[e.primitive](e.arguments, value);
    let sum: Partial;
    e.arguments.forEach((argument, position) => {
      const outer = partials[position];
      const inner = outer && visit(argument, argument);
      if (outer === undefined || inner === undefined) return;
      const term = call('multiply', outer, inner);
      sum = sum === undefined ? term : call('add', sum, term);
    });
    return sum;
  };
  return visit(expression, output);
}
