import { z } from 'zod';
import { learningRate } from './optimizer-fields.js';
import type { OptimizerDefinition } from './optimizer.js';

/** Keys that every optimizer takes beside its own options. */

/** How large gradients may be. */
export interface Clip {
  readonly type: 'value' | 'norm' | 'global_norm';
  readonly max: number;
}

/** Parameters that are trained in another way than the rest. */
export interface ParameterGroup {
  /** Patterns of parameter names. */
  readonly match: readonly string[];
  readonly trainable?: boolean;
  readonly learning_rate_multiplier?: number;
  /** Options of the optimizer that differ. */
  readonly [option: string]: unknown;
}

const pattern = z.string().min(1);

/** One pattern of parameter names, or several. */
export const patterns = () => z.union([pattern.transform((one) => [one]), z.array(pattern).min(1)]);

const clip = z
  .strictObject({
    type: z
      .enum(['value', 'norm', 'global_norm'])
      .describe('What is bounded: each element, the norm of the gradient of each parameter, or of all together.'),
    max: z.number().positive().describe('The largest absolute value or norm that is left as it is.'),
  })
  .optional()
  .describe(
    'Makes large gradients smaller first. value: each element is kept within max; norm: the gradient of each parameter is scaled down to a norm of max; global_norm: those of all together.',
  );

export function optimizerKeys({ options }: OptimizerDefinition): z.ZodRawShape {
  const own = Object.entries(options.shape as Record<string, z.ZodType>).filter(([name]) => name !== 'learning_rate');
  const group = z.strictObject({
    match: patterns().describe('Which parameters, by name.'),
    trainable: z.boolean().optional().describe('false: they stay as they are.'),
    learning_rate_multiplier: z.number().nonnegative().optional().describe('Times their learning rate.'),
    ...Object.fromEntries(own.map(([name, field]) => [name, withoutDefault(field)])),
  });
  return {
    learning_rate: learningRate(0.001),
    clip,
    groups: z
      .array(group)
      .optional()
      .describe(
        'Parameters trained in another way: those whose names, such as dense_1/kernel, fit `match`, in which * stands for any characters and ? for one. A group may also have any option of the optimizer but its learning rate. Of several groups that fit, the last one counts.',
      ),
  };
}

/** The field where it may be left out, and then says nothing. */
function withoutDefault(field: z.ZodType): z.ZodType {
  const required = field instanceof z.ZodDefault || field instanceof z.ZodPrefault ? (field.unwrap() as z.ZodType) : field;
  return required.optional().describe(field.description ?? '');
}
