import { type Expression, call, constant } from './expression.js';
import type { PrimitiveName } from './primitives.js';

type Partial = Expression | undefined;
type Call = Extract<Expression, { kind: 'call' }>;
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
  sigmoid: (_, self) => [call('multiply', self, call('subtract', one, self))],
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
 * forward pass has already computed is read instead of being computed again. So it is where a constant factor, or for tanh a summand,
 * stands in between, as in a sigmoid made of tanh.
 */
export function derivative(expression: Expression, inputIndex: number, output: Expression): Partial {
  const visit = (e: Expression, value: Expression): Partial => {
    if (e.kind === 'input') return e.index === inputIndex ? one : undefined;
    if (e.kind !== 'call') return undefined;
    const partials = rules[e.primitive](e.arguments, value);
    let sum: Partial;
    e.arguments.forEach((argument, position) => {
      const outer = partials[position];
      const inner = outer && visit(argument, value === e ? argument : argumentOf(e, position, value));
      if (outer === undefined || inner === undefined) return;
      const term = call('multiply', outer, inner);
      sum = sum === undefined ? term : call('add', sum, term);
    });
    return sum;
  };
  return visit(expression, output);
}

/** The value of a call's argument, told from the call's own value where that costs no digits; else the argument itself. */
function argumentOf(e: Call, position: number, value: Expression): Expression {
  const argument = e.arguments[position]!;
  const other = e.arguments[1 - position];
  if (other?.kind !== 'constant' || other.value === 0) return argument;
  if (e.primitive === 'multiply') return call('multiply', value, constant(1 / other.value));
  // A tanh is a number of [-1, 1]: what is added to it must not be larger.
  const isSmall = argument.kind === 'call' && argument.primitive === 'hyperbolic_tangent' && Math.abs(other.value) <= 1;
  return e.primitive === 'add' && isSmall ? call('add', value, constant(-other.value)) : argument;
}
