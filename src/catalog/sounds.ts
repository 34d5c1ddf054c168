import type { Field } from '../data/field.js';
import { UserError } from '../errors.js';

/**
 * The sizes of sounds `[samples]` or `[samples, channels]`.
 * @throws UserError where records are none
 */
export function soundShape(type: string, { shape }: Field): { samples: number; channels: number } {
  const [samples, channels = 1] = shape;
  if (samples !== undefined && shape.length <= 2) return { samples, channels };
  throw new UserError(`${type} changes sounds [samples] or [samples, channels], but records are [${shape.join(', ')}]`, {
    hint: 'leave it out, or name the fields that it is to change in `fields`',
    exit: 'usage',
  });
}
