import { z } from 'zod';
import type { Chosen } from './registry.js';

/** What a parameter adds to the loss: `l1` times the sum of its absolute values, and `l2` times that of its squares. */
export interface Regularizer {
  readonly l1?: number | undefined;
  readonly l2?: number | undefined;
}

/** What holds for a parameter after every update. */
export interface Constraint {
  /** The largest norm over the axes. */
  readonly max_norm: number;
  readonly axis?: readonly number[];
}

export const penalties = {
  l1: z.number().nonnegative().optional().describe('Times the sum of the absolute values.'),
  l2: z.number().nonnegative().optional().describe('Times the sum of the squares.'),
};

export const isPenalty = ({ l1, l2 }: Regularizer): boolean => l1 !== undefined || l2 !== undefined;

const regularizer = z.strictObject(penalties).refine(isPenalty, 'needs l1, l2 or both').meta({ id: 'regularizer' });

const axis = z.int().nonnegative();

const constraint = z
  .strictObject({
    max_norm: z.number().positive().describe('Where the norm is larger, all its elements are made smaller alike.'),
    axis: z
      .union([axis.transform((one) => [one]), z.array(axis).min(1)])
      .optional()
      .describe(
        'The axes of one norm: by default all but the last, which are the weights of one output; of a vector, all of it.',
      ),
  })
  .meta({ id: 'constraint' });

const suffix = /_initializer$/;

/** The options of a layer, and for each `<weights>_initializer` among them a `<weights>_regularizer` and a `<weights>_constraint`. */
export function withWeightOptions(options: z.ZodObject): z.ZodObject {
  const weights = Object.keys(options.shape).filter((key) => suffix.test(key));
  const own = weights.flatMap((key) => {
    const name = key.replace(suffix, '');
    return [
      [`${name}_regularizer`, regularizer.optional().describe(`Added to the loss for the ${name}, in place of \`regularizer\`.`)],
      [`${name}_constraint`, constraint.optional().describe(`Holds for the ${name} after every update.`)],
    ];
  });
  return weights.length === 0 ? options : options.safeExtend(Object.fromEntries(own) as z.ZodRawShape);
}

/** The options that belong to weights that get their first values from an initializer of the layer's options, or from several. */
export function weightOptions(
  options: Chosen,
  initializer: Chosen | readonly Chosen[],
): { readonly regularizer?: Regularizer; readonly constraint?: Constraint; readonly keys: readonly string[] } {
  const all = [initializer].flat() as unknown[];
  const key = Object.keys(options).find((name) => suffix.test(name) && all.includes(options[name]));
  if (key === undefined) return { keys: [] };
  const keys = ['regularizer', 'constraint'].map((kind) => key.replace(suffix, `_${kind}`));
  const [regularizer, constraint] = keys.map((name) => options[name]) as [Regularizer?, Constraint?];
  return { ...(regularizer && { regularizer }), ...(constraint && { constraint }), keys };
}

/** The regularizers and constraints that options have. */
export const weightOptionKeys = (options: Chosen): string[] =>
  Object.keys(options).filter((name) => /_(regularizer|constraint)$/.test(name) && options[name] !== undefined);
