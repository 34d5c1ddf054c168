import { activations } from '../../src/catalog/activations/index.js';
import type { Chosen } from '../../src/catalog/registry.js';
import { appendGradients } from '../../src/program/gradient.js';
import { type ConformanceCase, conformanceCase, randomValues } from './conformance-case.js';

/** Every activation with its defaults, and those whose options choose another formula. */
const chosen: Chosen[] = [
  ...activations.definitions.map(({ type, options }) => ({ ...options.parse({}), type })),
  { type: 'gelu', approximate: 'tanh' },
];

const ordinary = [...randomValues('activations', 20).map((value) => 5 * value), 0, 1, -1, 3, -3, 6, 0.001, -0.001];
const extreme = [0, 20, -20, 50, -50, 1e4, -1e4, 1e20, -1e20, 3e38, -3e38];

function activationCase(activation: Chosen, name: string, values: readonly number[]): ConformanceCase {
  const label = [activation.type, activation.approximate].filter((part) => part !== undefined).join(' by ');
  return conformanceCase(`${label} of ${name}`, ({ builder, tensor }) => {
    const x = tensor([values.length, 1], values);
    const y = activations.get(activation.type).apply(builder, x, activation);
    builder.output('gradient', appendGradients(builder, builder.total(y), [x])[0]!);
    return y;
  });
}

/** Every activation and its gradient: of numbers of every size, nothing may overflow that does not overflow in float64. */
export const activationCases: readonly ConformanceCase[] = chosen.flatMap((activation) => [
  activationCase(activation, 'ordinary numbers', ordinary),
  activationCase(activation, 'extreme numbers', extreme),
]);
