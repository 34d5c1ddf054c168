import { type Expression, formatExpression } from '../../ops/expression.js';
import type { PrimitiveName } from '../../ops/primitives.js';

/** The code of each primitive in `kernels/map.ts`. */
const codes: Record<PrimitiveName, number> = {
  add: 0,
  subtract: 1,
  multiply: 2,
  divide: 3,
  negate: 4,
  maximum: 5,
  minimum: 6,
  absolute: 7,
  square_root: 8,
  exponential: 9,
  logarithm: 10,
  hyperbolic_tangent: 11,
  floor: 12,
  greater: 13,
  greater_equal: 14,
  equal: 15,
  select: 16,
  random_uniform: 19,
};
/** `random_uniform` where it is what dropout needs: of the element's number, under one key for all elements. */
const randomOfElementCode = 17;
const copyCode = 18;

/** What a formula reads besides constants: an operand of the op, or a position. */
export type FormulaInput =
  | { readonly kind: 'operand'; readonly index: number }
  | { readonly kind: 'axis_index'; readonly axis: number }
  | { readonly kind: 'element_index' };

/** A formula as instructions for the vector machine of `kernels/map.ts`. */
export interface Formula {
  readonly registers: number;
  readonly inputs: readonly FormulaInput[];
  readonly constants: readonly number[];
  /** Five words each: code, target slot, and three operand slots. */
  readonly instructions: readonly number[];
}

type Call = Extract<Expression, { kind: 'call' }>;

/**
 * Orders the calls of a formula, each distinct one once, and gives their results registers that are used again as soon as nothing
 * reads them any more.
 */
export function compileFormula(expression: Expression, isScalar: (input: number) => boolean): Formula {
  const isSame = (e: Expression): boolean => e.kind === 'constant' || (e.kind === 'input' && isScalar(e.index));
  const isRandomOfElement = ({ primitive, arguments: [element, ...keys] }: Call): boolean =>
    primitive === 'random_uniform' && element!.kind === 'element_index' && keys.every(isSame);
  // A random number of an element takes the element's number from where it runs.
  const argumentsOf = (e: Call): readonly Expression[] => (isRandomOfElement(e) ? e.arguments.slice(1) : e.arguments);
  const texts = new Map<Expression, string>();
  const textOf = (e: Expression): string => {
    let text = texts.get(e);
    if (text === undefined) texts.set(e, (text = formatExpression(e, (i) => `#${i}`)));
    return text;
  };
  const calls = new Map<string, Call>();
  const inputs = new Map<string, FormulaInput>();
  const constants: number[] = [];
  const visit = (e: Expression): void => {
    if (e.kind === 'constant') {
      if (!constants.some((value) => Object.is(value, e.value))) constants.push(e.value);
    } else if (e.kind !== 'call') {
      inputs.set(textOf(e), e.kind === 'input' ? { kind: 'operand', index: e.index } : e);
    } else if (!calls.has(textOf(e))) {
      argumentsOf(e).forEach(visit);
      calls.set(textOf(e), e);
    }
  };
  visit(expression);

  const order = [...calls.values()];
  const lastUse = new Map<string, number>();
  order.forEach((e, i) => argumentsOf(e).forEach((argument) => lastUse.set(textOf(argument), i)));
  const registerOf = new Map<string, number>();
  const free: number[] = [];
  let registers = 0;
  const plan = order.map((e, i) => {
    // The target may be a register whose last reader is this very instruction: elements are read before they are written.
    for (const argument of new Set(argumentsOf(e).map(textOf))) {
      if (lastUse.get(argument) === i && registerOf.has(argument)) free.push(registerOf.get(argument)!);
    }
    const isLast = i === order.length - 1;
    if (!isLast) registerOf.set(textOf(e), free.pop() ?? registers++);
    return { call: e, target: isLast ? undefined : registerOf.get(textOf(e))! };
  });

  const inputTexts = [...inputs.keys()];
  const outputSlot = registers + inputs.size + constants.length;
  const slotOf = (e: Expression): number => {
    if (e.kind === 'call') return registerOf.get(textOf(e))!;
    if (e.kind === 'constant') return registers + inputs.size + constants.findIndex((value) => Object.is(value, e.value));
    return registers + inputTexts.indexOf(textOf(e));
  };
  const instructions = plan.flatMap(({ call, target }) => {
    const operands = argumentsOf(call).map(slotOf);
    const ofElement = isRandomOfElement(call);
    if (ofElement) operands.unshift(0);
    while (operands.length < 3) operands.push(operands[0]!);
    return [ofElement ? randomOfElementCode : codes[call.primitive], target ?? outputSlot, ...operands];
  });
  if (order.length === 0) {
    const slot = slotOf(expression);
    instructions.push(copyCode, outputSlot, slot, slot, slot);
  }
  return { registers, inputs: [...inputs.values()], constants, instructions };
}
