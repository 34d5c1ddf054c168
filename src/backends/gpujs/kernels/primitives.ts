import { type PrimitiveName, randomRounds } from '../../../ops/primitives.js';
import { type KernelText, literal } from './kernel-text.js';

type Rendering = (text: KernelText, ...args: string[]) => string;

const comparison =
  (operator: string): Rendering =>
  (_, a, b) =>
    `${a} ${operator} ${b} ? 1 : 0`;

/** The larger (`>`) or smaller (`<`) of two. Where neither holds one of them is not a number, and so is their sum. */
export const extreme = (operator: '>' | '<', a: string, b: string): string =>
  `${a} ${operator} ${b} ? ${a} : (${b} ${operator}= ${a} ? ${b} : ${a} + ${b})`;

/** Each scalar primitive as kernel source. Arguments are locals or literals. */
export const renderings: { readonly [P in PrimitiveName]: Rendering } = {
  add: (_, a, b) => `${a} + ${b}`,
  subtract: (_, a, b) => `${a} - ${b}`,
  multiply: (_, a, b) => `${a} * ${b}`,
  divide: (_, a, b) => `${a} / ${b}`,
  negate: (_, a) => `0 - ${a}`,
  // Math.max and Math.min of WGSL and GLSL may drop a value that is not a number, and hide a diverged run.
  maximum: (_, a, b) => extreme('>', a!, b!),
  minimum: (_, a, b) => extreme('<', a!, b!),
  absolute: (_, a) => `Math.abs(${a})`,
  square_root: (_, a) => `Math.sqrt(${a})`,
  exponential: (_, a) => `Math.exp(${a})`,
  // WGSL leaves log(0) open, and SwiftShader gives -88: a loss that should be infinite would look like any other.
  logarithm: (_, a) => `${a} === 0 ? -1 / Math.abs(${a}) : Math.log(${a})`,
  // Shaders divide two exponentials, which overflow beyond ±44; from ±20 on the result is ±1, in float64 too.
  hyperbolic_tangent: (text, a) => `Math.tanh(${text.bind(`${a} > 20 ? 20 : (${a} < -20 ? -20 : ${a})`)})`,
  // Shaders leave open what an exponential beyond the largest float is.
  sigmoid: (_, a) => `${a} < -87 ? 0 : 1 / (1 + Math.exp(0 - ${a}))`,
  error_function: (text, a) => errorFunction(text, a!),
  floor: (_, a) => `Math.floor(${a})`,
  greater: comparison('>'),
  greater_equal: comparison('>='),
  equal: comparison('==='),
  select: (_, condition, a, b) => `${condition} !== 0 ? ${a} : ${b}`,
  random_uniform: (text, element, key0, key1) => randomUniform(text, element!, key0!, key1!),
};

/** Coefficients, highest power first: of `erf(x) / x - 1` in x^2 below 1, and of `ln(1 - erf(x))` in x beyond, as the CPU has them. */
const nearError = [
  7.853854185668752e-5, -8.01019137725234e-4, 5.18832728266716e-3, -2.6853810995817184e-2, 1.128358542919159e-1,
  -3.761262595653534e-1, 1.2837916612625122e-1,
];
const farError = [
  1.863800862338394e-4, -2.947666682302952e-3, 2.1838096901774406e-2, -1.0310681909322739e-1, -6.381447315216064e-1,
  -1.127089262008667, -3.4151258296333253e-4,
];

function errorFunction(text: KernelText, x: string): string {
  const polynomial = (coefficients: readonly number[], at: string): string =>
    coefficients.map(literal).reduce((sum, coefficient) => text.bind(`${sum} * ${at} + ${coefficient}`));
  const near = text.bind(`${x} + ${x} * ${polynomial(nearError, text.bind(`${x} * ${x}`))}`);
  const size = text.bind(`Math.abs(${x})`);
  const bounded = text.bind(`${size} > 4 ? 4 : ${size}`);
  const far = text.bind(`1 - Math.exp(${polynomial(farError, bounded)})`);
  return `${size} < 1 ? ${near} : (${x} > 0 ? ${far} : 0 - ${far})`;
}

/** The Feistel network of `primitives.random_uniform`, in operations that are exact in float32: divisors are powers of 2. */
function randomUniform(text: KernelText, element: string, key0: string, key1: string): string {
  const shifted = (value: string, bits: number): string => text.bind(`Math.floor(${value} * ${2 ** -bits})`);
  const low12 = (value: string): string => text.bind(`${value} - ${shifted(value, 12)} * 4096`);
  const words = [low12(key0), shifted(key0, 12), low12(key1), shifted(key1, 12)];
  const block = shifted(element, 24);
  let low = low12(element);
  let high = low12(shifted(element, 12));
  for (const { word, constant } of randomRounds) {
    const t = low12(text.bind(`${low} + ${words[word]} + ${constant} + ${block}`));
    const mixed = low12(text.bind(`${high} + ${shifted(text.bind(`${t} * ${t} + ${t}`), 6)}`));
    high = low;
    low = mixed;
  }
  return `(${high} * 4096 + ${low}) * ${2 ** -24}`;
}
