import { type PrimitiveName, primitives } from './primitives.js';

/**
 * A scalar formula. A `map` op evaluates one for every element of its output, so an activation, a loss or an optimizer is a
 * formula, and a backend only has to know the primitives.
 */
export type Expression =
  /** The element of input `index` at the output's position (broadcast). */
  | { readonly kind: 'input'; readonly index: number }
  | { readonly kind: 'constant'; readonly value: number }
  /** The position along an axis of the output. */
  | { readonly kind: 'axis_index'; readonly axis: number }
  /** The position in the output, counted in row-major order. */
  | { readonly kind: 'element_index' }
  | { readonly kind: 'call'; readonly primitive: PrimitiveName; readonly arguments: readonly Expression[] };

export const input = (index: number): Expression => ({ kind: 'input', index });
export const constant = (value: number): Expression => ({ kind: 'constant', value });
export const axisIndex = (axis: number): Expression => ({ kind: 'axis_index', axis });
export const elementIndex: Expression = { kind: 'element_index' };

function isConstant(expression: Expression, value: number): boolean {
  return expression.kind === 'constant' && expression.value === value;
}

/** Applies a primitive, dropping additions of 0 and multiplications by 0 and 1, which derivatives are full of. */
export function call(primitive: PrimitiveName, ...args: Expression[]): Expression {
  const [a, b] = args;
  if (primitive === 'multiply' && a && b) {
    if (isConstant(a, 1)) return b;
    if (isConstant(b, 1)) return a;
    if (isConstant(a, 0) || isConstant(b, 0)) return constant(0);
  }
  if (primitive === 'add' && a && b) {
    if (isConstant(a, 0)) return b;
    if (isConstant(b, 0)) return a;
  }
  if (args.every((argument) => argument.kind === 'constant')) {
    const evaluate: (...values: number[]) => number = primitives[primitive].evaluate;
    return constant(evaluate(...args.map((argument) => (argument as { value: number }).value)));
  }
  return { kind: 'call', primitive, arguments: args };
}

/** `x` within bounds; the derivative at a bound is 0. */
export const clamp = (x: Expression, low: number, high: number): Expression =>
  call('minimum', call('maximum', x, constant(low)), constant(high));

/** Replaces every input by an expression. */
export function substitute(expression: Expression, replacement: (index: number) => Expression): Expression {
  if (expression.kind === 'input') return replacement(expression.index);
  if (expression.kind !== 'call') return expression;
  return call(expression.primitive, ...expression.arguments.map((argument) => substitute(argument, replacement)));
}

/** Calls `visit` on every sub-expression, arguments before the call they belong to. */
export function walk(expression: Expression, visit: (e: Expression) => void): void {
  if (expression.kind === 'call') for (const argument of expression.arguments) walk(argument, visit);
  visit(expression);
}

/** The number of primitive calls, which is the floating-point operations an element costs. */
export function countCalls(expression: Expression): number {
  let calls = 0;
  walk(expression, (e) => {
    if (e.kind === 'call') calls++;
  });
  return calls;
}

/** The formula in JavaScript's notation: programs are printed with it, and equal formulas have equal text. */
export function formatExpression(expression: Expression, name: (input: number) => string): string {
  switch (expression.kind) {
    case 'input':
      return name(expression.index);
    case 'constant':
      return String(expression.value);
    case 'axis_index':
      return `axis${expression.axis}`;
    case 'element_index':
      return 'element';
    case 'call':
      return `${expression.primitive}(${expression.arguments.map((argument) => formatExpression(argument, name)).join(', ')})`;
  }
}
