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
  error_function: 24,
  sigmoid: 25,
};
/** `random_uniform` where it is what dropout needs: of the element's number, under one key for all elements. */
const randomOfElementCode = 17;
const copyCode = 18;

/**
 * Pairs of calls that are one instruction: an outer call, one of whose arguments (`at`) is an inner call that nothing else reads. The
 * instruction takes the inner call's arguments and the outer's other one, in this order (`innerFirst`) or the other way round.
 */
const pairs: readonly {
  readonly outer: PrimitiveName;
  readonly inner: PrimitiveName;
  readonly at: readonly number[];
  readonly code: number;
  readonly innerFirst: boolean;
}[] = [
  { outer: 'maximum', inner: 'add', at: [0, 1], code: 20, innerFirst: true },
  { outer: 'multiply', inner: 'greater', at: [0, 1], code: 21, innerFirst: false },
  { outer: 'add', inner: 'multiply', at: [0, 1], code: 22, innerFirst: false },
  { outer: 'subtract', inner: 'multiply', at: [1], code: 23, innerFirst: false },
  { outer: 'multiply', inner: 'subtract', at: [0, 1], code: 26, innerFirst: true },
];

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

/** An instruction before its slots are known. */
interface Step {
  readonly code: number;
  readonly operands: readonly Expression[];
}

/**
 * Orders the calls of a formula, each distinct one once, and gives their results registers that are used again as soon as nothing
 * reads them any more.
 * @param isScalar whether an input is one number for all elements
 */
export function compileFormula(expression: Expression, isScalar: (input: number) => boolean): Formula {
  const textOf = memoize((e: Expression) => formatExpression(e, (i) => `#${i}`));
  const readers = countReaders(expression, textOf);
  const stepOf = memoize((e: Call) => selectStep(e, isScalar, (argument) => readers.get(textOf(argument))!));
  const steps = new Map<string, Step>();
  const inputs = new Map<string, FormulaInput>();
  const constants: number[] = [];
  const visit = (e: Expression): void => {
    if (e.kind === 'constant') {
      if (!constants.some((value) => Object.is(value, e.value))) constants.push(e.value);
    } else if (e.kind !== 'call') {
      inputs.set(textOf(e), e.kind === 'input' ? { kind: 'operand', index: e.index } : e);
    } else if (!steps.has(textOf(e))) {
      stepOf(e).operands.forEach(visit);
      steps.set(textOf(e), stepOf(e));
    }
  };
  visit(expression);
  if (steps.size === 0) steps.set('copy', { code: copyCode, operands: [expression] });

  const order = [...steps];
  const { registerOf, registers } = allocateRegisters(
    order.map(([text, { operands }]) => ({ result: text, operands: operands.map(textOf) })),
  );
  const inputTexts = [...inputs.keys()];
  const outputSlot = registers + inputs.size + constants.length;
  const slotOf = (e: Expression): number => {
    if (e.kind === 'call') return registerOf.get(textOf(e))!;
    if (e.kind === 'constant') return registers + inputs.size + constants.findIndex((value) => Object.is(value, e.value));
    return registers + inputTexts.indexOf(textOf(e));
  };
  const instructions = order.flatMap(([text, { code, operands }], i) => {
    const slots = operands.map(slotOf);
    // The element's number is known to the instruction itself.
    if (code === randomOfElementCode) slots.unshift(0);
    while (slots.length < 3) slots.push(slots[0]!);
    return [code, i === order.length - 1 ? outputSlot : registerOf.get(text)!, ...slots];
  });
  return { registers, inputs: [...inputs.values()], constants, instructions };
}

/** The instruction for a call, together with one of its arguments where the two are a pair. */
function selectStep(e: Call, isScalar: (input: number) => boolean, readersOf: (argument: Expression) => number): Step {
  if (e.primitive === 'random_uniform') {
    const [element, ...keys] = e.arguments;
    const isSame = (key: Expression): boolean => key.kind === 'constant' || (key.kind === 'input' && isScalar(key.index));
    if (element!.kind === 'element_index' && keys.every(isSame)) return { code: randomOfElementCode, operands: keys };
  }
  for (const { outer, inner, at, code, innerFirst } of pairs) {
    if (e.primitive !== outer) continue;
    for (const position of at) {
      const argument = e.arguments[position]!;
      if (argument.kind !== 'call' || argument.primitive !== inner || readersOf(argument) > 1) continue;
      const other = e.arguments[1 - position]!;
      return { code, operands: innerFirst ? [...argument.arguments, other] : [other, ...argument.arguments] };
    }
  }
  return { code: codes[e.primitive], operands: e.arguments };
}

/** How many distinct calls read each value. */
function countReaders(expression: Expression, textOf: (e: Expression) => string): Map<string, number> {
  const readers = new Map<string, number>();
  const seen = new Set<string>();
  const visit = (e: Expression): void => {
    if (e.kind !== 'call' || seen.has(textOf(e))) return;
    seen.add(textOf(e));
    for (const argument of e.arguments) {
      readers.set(textOf(argument), (readers.get(textOf(argument)) ?? 0) + 1);
      visit(argument);
    }
  };
  visit(expression);
  return readers;
}

/** Gives each result but the last a register, used again after its last reader. */
function allocateRegisters(order: readonly { result: string; operands: readonly string[] }[]): {
  registerOf: Map<string, number>;
  registers: number;
} {
  const lastUse = new Map<string, number>();
  order.forEach(({ operands }, i) => operands.forEach((operand) => lastUse.set(operand, i)));
  const registerOf = new Map<string, number>();
  const free: number[] = [];
  let registers = 0;
  order.slice(0, -1).forEach(({ result, operands }, i) => {
    // The target may be a register whose last reader is this very instruction: elements are read before they are written.
    for (const operand of new Set(operands)) {
      if (lastUse.get(operand) === i && registerOf.has(operand)) free.push(registerOf.get(operand)!);
    }
    registerOf.set(result, free.pop() ?? registers++);
  });
  return { registerOf, registers };
}

function memoize<K extends object, V>(compute: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    if (!known.has(key)) known.set(key, compute(key));
    return known.get(key)!;
  };
}
