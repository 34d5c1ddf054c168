import { z } from 'zod';
import { shown } from '../../data/categories.js';
import { DatasetError } from '../../data/dataset-error.js';
import { fitTokenizer, leastVocabulary, openTokenizer } from '../../data/tokenizers/index.js';
import { type FittedTokenizer, fitLength } from '../../data/tokenizers/tokenizer.js';
import { defineFeature } from '../feature.js';
import { sequence, tokenizer } from '../tokens.js';

/**
 * An input of its own, `[length]`: characters, words or pairs of bytes by their place in a vocabulary that is fitted to the training part. 0 is
 * padding; of characters and words 1 is any other.
 */
export const text = defineFeature({
  type: 'text',
  summary: 'An input of its own, called as the column: words by their place in the vocabulary of the training part.',
  options: z.object({
    tokenizer: tokenizer('word'),
    length: z.int().positive().default(100).describe('Words that are read, or characters or pairs of bytes.'),
    vocabulary_size: z.int().min(3).max(65536).default(5000).describe('The commonest of them, which are told apart.'),
    ...sequence,
  }),
  isSequence: true,
  filled: ({ missing, fill }) =>
    missing === 'constant' && fill !== undefined ? `they become ${shown(fill)}` : 'they become empty texts',
  fit({ tokenizer: type, vocabulary_size: most, missing, fill }, { name, cells, rows, path }) {
    if (most < leastVocabulary[type]) {
      throw new DatasetError([...path, 'vocabulary_size'], `a vocabulary of ${most} is too small for ${type}`, {
        hint: `take at least ${leastVocabulary[type]}`,
      });
    }
    const filled = missing === 'constant' ? String(fill ?? '') : '';
    const texts = Array.from(rows, (row) => String(cells.at(row) ?? filled));
    if (texts.some((one) => openTokenizer({ type: 'word', vocabulary: [] }).encode(one).length > 0)) {
      return fitTokenizer(type, texts, most);
    }
    throw new DatasetError(path, `column "${name}" has no word in the training part`, { hint: 'leave the column out' });
  },
  encoder({ length, missing, fill, padding, truncation }, fitted) {
    const { labels, encode } = openTokenizer(fitted as FittedTokenizer);
    const filled = missing === 'constant' ? String(fill ?? '') : '';
    return {
      size: length,
      names: labels,
      write(cell, values, at) {
        values.set(fitLength(encode(String(cell ?? filled)), length, { padding, truncation }), at);
        return undefined;
      },
    };
  },
});
