import { z } from 'zod';
import { placesOf } from '../../data/categories.js';
import { DatasetError } from '../../data/dataset-error.js';
import { encodeWords, wordVocabulary } from '../../data/words.js';
import { defineFeature } from '../feature.js';

/** An input of its own, `[length]`: words by their place among the commonest of the training part. 0 is padding, 1 any other word. */
export const text = defineFeature({
  type: 'text',
  summary: 'An input of its own, called as the column: words by their place in the vocabulary of the training part.',
  options: z.object({
    length: z.int().positive().default(100).describe('Words that are read.'),
    vocabulary: z.int().min(3).max(65536).default(5000).describe('The commonest words that are told apart.'),
  }),
  isSequence: true,
  fit({ vocabulary: most, missing, fill }, { name, cells, rows, path }) {
    const filled = missing === 'constant' ? String(fill ?? '') : '';
    const vocabulary = wordVocabulary(
      rows.map((row) => String(cells[row] ?? filled)),
      most,
    );
    if (vocabulary.length > 2) return { vocabulary };
    throw new DatasetError(path, `column "${name}" has no word in the training part`, { hint: 'leave the column out' });
  },
  encoder({ length, missing, fill }, fitted) {
    const { vocabulary } = fitted as { vocabulary: readonly string[] };
    const places = placesOf(vocabulary);
    const filled = missing === 'constant' ? String(fill ?? '') : '';
    return {
      size: length,
      names: vocabulary,
      write(cell, values, at) {
        values.set(encodeWords(String(cell ?? filled), places, length), at);
        return undefined;
      },
    };
  },
});
