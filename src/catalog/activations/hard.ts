import { z } from 'zod';
import { type Expression, call, clamp, constant, input } from '../../ops/expression.js';
import { defineActivation } from '../activation.js';

/** Piecewise linear stand-ins for smooth activations. Where two pieces meet, the derivative is that of the outer one, as in PyTorch. */

/** `relu6(x + 3) / 6` */
const hardLogistic = (x: Expression): Expression => call('multiply', clamp(call('add', x, constant(3)), 0, 6), constant(1 / 6));

/** `min(max(x, 0), 6)`. Krizhevsky, 2010. */
export const relu6 = defineActivation({
  type: 'relu6',
  summary: 'relu of at most 6: min(max(x, 0), 6).',
  options: z.object({}),
  apply: (builder, x) => builder.map(clamp(input(0), 0, 6), [x]),
});

/** `min(max(x, min), max)`. Collobert, 2004. */
export const hardtanh = defineActivation({
  type: 'hardtanh',
  summary: 'x, but not below min and not above max.',
  options: z.object({
    min: z.number().nonpositive().default(-1).describe('The least value.'),
    max: z.number().positive().default(1).describe('The largest value.'),
  }),
  apply: (builder, x, { min, max }) => builder.map(clamp(input(0), min, max), [x]),
});

/** `relu6(x + 3) / 6`: PyTorch's; Keras' has another slope. Howard et al., 2019. */
export const hardSigmoid = defineActivation({
  type: 'hard_sigmoid',
  summary: 'Three straight pieces near sigmoid: relu6(x + 3) / 6.',
  options: z.object({}),
  apply: (builder, x) => builder.map(hardLogistic(input(0)), [x]),
});

/** `x * relu6(x + 3) / 6`. Howard et al., 2019. */
export const hardSwish = defineActivation({
  type: 'hard_swish',
  summary: 'x * hard_sigmoid(x).',
  options: z.object({}),
  apply: (builder, x) => builder.map(call('multiply', input(0), hardLogistic(input(0))), [x]),
});
