import { z } from 'zod';
import type { Definition } from '../registry.js';
import { canBeScaled, scaleTarget, targetType } from '../table-target.js';

/** A column that is to be told, said where the columns that are read are. Its `kind` is the `type` of `target`. */
export const label: Definition = {
  type: 'label',
  summary: 'What is to be told, and not read: with it `target` can be left out. Of several each is called as its column.',
  options: z
    .object({ kind: targetType, standardize: scaleTarget })
    .refine(({ kind, standardize }) => canBeScaled({ type: kind, standardize }), {
      message: 'classes are not standardized',
      path: ['standardize'],
    }),
};
