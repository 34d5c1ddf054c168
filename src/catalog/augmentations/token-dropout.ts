import { z } from 'zod';
import type { Field } from '../../data/field.js';
import { unknown } from '../../data/text.js';
import { UserError } from '../../errors.js';
import { defineAugmentation } from '../augmentation.js';

/**
 * Replaces words of texts `[length]`, each by itself, by one that stands for no word (Bowman et al., 2016). Vocabularies of words have
 * padding at 0 and the unknown word at 1; those of characters have the unknown character at 0.
 */
export const tokenDropout = defineAugmentation({
  type: 'token_dropout',
  summary: 'Replaces words of texts by the unknown word, or by padding.',
  changes: ['class'],
  options: z.object({
    rate: z.number().gt(0).lt(1).default(0.1).describe('Of how many words, on average.'),
    index: z
      .int()
      .nonnegative()
      .optional()
      .describe(
        'What takes their place, by default the unknown word: 1 in vocabularies of words, where 0 is padding, and 0 in those of characters.',
      ),
    padding: z
      .union([z.int().nonnegative(), z.literal('none')])
      .default(0)
      .describe('The index that is left as it is, or none.'),
  }),
  create({ rate, index: given, padding }, field) {
    const { shape } = field;
    const classes = field.kind === 'class' ? field.classes : 0;
    const index = given ?? unknownOf(field);
    if (shape.length !== 1) {
      throw new UserError(`token_dropout changes texts [length], but records are [${shape.join(', ')}]`, {
        hint: 'leave it out, or name the fields that it is to change in `fields`',
        exit: 'usage',
      });
    }
    if (index >= classes) {
      throw new UserError(
        `token_dropout puts ${index} in the place of words, but the vocabulary has ${classes}: 0 to ${classes - 1}`,
        {
          hint: 'set index to that of the unknown word',
          exit: 'usage',
        },
      );
    }
    return (values, random) => {
      for (let i = 0; i < values.length; i++) {
        // A number for each place, whatever stands there.
        const isDropped = random.uniform() < rate;
        if (isDropped && values[i] !== padding) values[i] = index;
      }
    };
  },
});

/** The place of what stands for no word. Vocabularies of byte pairs have none, and hardly a text has the first of their bytes. */
function unknownOf(field: Field): number {
  const place = field.kind === 'class' ? (field.labels?.indexOf(unknown) ?? -1) : -1;
  return place >= 0 ? place : 1;
}
