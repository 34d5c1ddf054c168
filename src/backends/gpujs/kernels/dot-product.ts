/** Products added before they reach the running sum: fewer loop steps, and a rounding error smaller by as much. */
const unrolled = 4;

interface Vector {
  readonly array: string;
  /** The index of the first element: a local or an expression. */
  readonly start: string;
  /** How far apart elements lie. */
  readonly stride: number;
}

/** Statements that add the inner product of two vectors of `length` elements to the variable `sum`. */
export function addDotProduct(length: number, a: Vector, b: Vector): string {
  const at = ({ array, start, stride }: Vector, step: string, i: number): string =>
    `${array}[${start}${step === '' ? '' : ` + ${step}`}${i * stride === 0 ? '' : ` + ${i * stride}`}]`;
  const products = (stepA: string, stepB: string, from: number, to: number): string =>
    Array.from({ length: to - from }, (_, i) => `${at(a, stepA, from + i)} * ${at(b, stepB, from + i)}`).join(' + ');
  const rounds = Math.floor(length / unrolled);
  const statements: string[] = [];
  if (rounds === 1) statements.push(`sum += ${products('', '', 0, unrolled)};`);
  if (rounds > 1) {
    statements.push(
      `for (let k = 0; k < ${rounds}; k++) {\n` +
        `const stepA = k * ${unrolled * a.stride};\n` +
        `const stepB = k * ${unrolled * b.stride};\n` +
        `sum += ${products('stepA', 'stepB', 0, unrolled)};\n}`,
    );
  }
  if (length % unrolled > 0) statements.push(`sum += ${products('', '', rounds * unrolled, length)};`);
  return statements.join('\n');
}
