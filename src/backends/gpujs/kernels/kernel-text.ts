import { largestFloat } from './kernel.js';

/** Below this a quotient is right without a correction; see `KernelText.quotient`. */
const exactQuotientBound = 2 ** 20;
/** Up to this size the error of a quotient is far below 1. */
const smallQuotientBound = 2 ** 16;

/** A number as kernel source. Infinities become the largest float32. Throws on NaN, which no kernel language can spell. */
export function literal(value: number): string {
  if (Number.isNaN(value)) throw new Error('a formula holds a constant that is not a number');
  const finite = Math.max(-largestFloat, Math.min(largestFloat, value));
  return finite < 0 || Object.is(finite, -0) ? `(${finite})` : `${finite}`;
}

/**
 * The source of a kernel while it is written. Every value is a local constant, and equal expressions share one.
 *
 * All arithmetic is float32 on most devices, whole numbers included, so positions are computed with operations that are exact
 * below 2^24: sums, products and the quotients below. `%` and `/` themselves are not: WGSL allows a division an error of 2.5 units
 * in the last place, and 14 / 7 may come out as 1.9999999.
 */
export class KernelText {
  private readonly lines: string[] = [];
  private readonly known = new Map<string, string>();

  /** The local that holds an expression. The expression must have no side effect. */
  bind(expression: string): string {
    const found = this.known.get(expression);
    if (found !== undefined) return found;
    const name = `t${this.known.size}`;
    this.lines.push(`const ${name} = ${expression};`);
    this.known.set(expression, name);
    return name;
  }

  /** Appends statements as they stand. */
  append(statements: string): void {
    this.lines.push(statements);
  }

  /** The local that holds the position of this thread's result. */
  element(): string {
    return this.bind('this.thread.x');
  }

  /** `floor(dividend / divisor)` of whole numbers, where `0 <= dividend < bound <= 2^24`. */
  quotient(dividend: string, divisor: number, bound: number): string {
    if (divisor === 1) return dividend;
    if (bound <= divisor) return '0';
    // dividend + 1/2 lies at least 1/2 from a multiple of the divisor, and the error of the quotient is below 2^-21 of it.
    if (bound <= exactQuotientBound) return this.bind(`Math.floor((${dividend} + 0.5) / ${divisor})`);
    const guess = this.bind(`Math.floor(${dividend} / ${divisor})`);
    if (bound / divisor <= smallQuotientBound) {
      // The guess is wrong by one at most, and the remainder tells in which direction.
      const rest = this.bind(`${dividend} - ${guess} * ${divisor}`);
      return this.bind(`${rest} < 0 ? ${guess} - 1 : (${rest} >= ${divisor} ? ${guess} + 1 : ${guess})`);
    }
    // The guess may be wrong by 2; less 4 it is too small, and the remainder is small enough for half a step.
    const rest = this.bind(`${dividend} - (${guess} - 4) * ${divisor}`);
    return this.bind(`${guess} - 4 + Math.floor((${rest} + 0.5) / ${divisor})`);
  }

  /** `dividend` modulo `divisor` under the same conditions. */
  remainder(dividend: string, divisor: number, bound: number): string {
    if (divisor === 1) return '0';
    if (bound <= divisor) return dividend;
    return this.bind(`${dividend} - ${this.quotient(dividend, divisor, bound)} * ${divisor}`);
  }

  /** The positions along each axis of `shape` of row-major `element`. */
  positions(element: string, shape: readonly number[]): string[] {
    let bound = shape.reduce((product, length) => product * length, 1);
    let rest = element;
    const positions = new Array<string>(shape.length);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      positions[axis] = this.remainder(rest, shape[axis]!, bound);
      rest = this.quotient(rest, shape[axis]!, bound);
      bound /= shape[axis]!;
    }
    return positions;
  }

  /** The whole kernel function. */
  finish(parameters: readonly string[], result: string): string {
    return `function(${parameters.join(', ')}) {\n${this.lines.join('\n')}\nreturn ${result};\n}`;
  }
}
