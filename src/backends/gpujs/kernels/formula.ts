import { type Expression, formatExpression } from '../../../ops/expression.js';
import { type KernelText, literal } from './kernel-text.js';
import { renderings } from './primitives.js';

/** What a formula's leaves are in a kernel. */
export interface FormulaScope {
  operand(index: number): string;
  axisIndex(axis: number): string;
  elementIndex(): string;
}

/** Writes a formula into a kernel and gives back the local or literal that holds its value. */
export function renderFormula(text: KernelText, expression: Expression, scope: FormulaScope): string {
  const render = (e: Expression): string => {
    switch (e.kind) {
      case 'input':
        return scope.operand(e.index);
      case 'constant':
        return literal(e.value);
      case 'axis_index':
        return scope.axisIndex(e.axis);
      case 'element_index':
        return scope.elementIndex();
      case 'call': {
        const tested = testedForFinite(e);
        if (tested !== undefined) {
          const value = text.bind(render(tested));
          return text.bind(`${value} > -3.4e38 && ${value} < 3.4e38 ? 1 : 0`);
        }
        return text.bind(renderings[e.primitive](text, ...e.arguments.map(render)));
      }
    }
  };
  return render(expression);
}

/**
 * The `x` of `equal(subtract(x, x), 0)`, by which programs ask whether x is finite. Shader compilers may reduce `x - x` to 0
 * without looking, and do; comparisons with bounds stay, and are false where x is not a number.
 */
function testedForFinite(e: Expression): Expression | undefined {
  if (e.kind !== 'call' || e.primitive !== 'equal') return undefined;
  const [difference, zero] = e.arguments;
  if (difference?.kind !== 'call' || difference.primitive !== 'subtract') return undefined;
  if (zero?.kind !== 'constant' || zero.value !== 0) return undefined;
  const [a, b] = difference.arguments.map((argument) => formatExpression(argument, (index) => `#${index}`));
  return a === b ? difference.arguments[0] : undefined;
}
