import { z } from 'zod';
import { type TokenizerType, tokenizerTypes } from '../data/tokenizers/tokenizer.js';

/** What a text is cut into. */
export const tokenizer = (byDefault: TokenizerType) =>
  z
    .enum(tokenizerTypes)
    .default(byDefault)
    .describe(
      'What a text is cut into. character: its characters; word: words in lower case and marks; bpe: bytes, and pairs of them that are common ' +
        'in the training part (Sennrich et al., 2016), so that nothing is unknown.',
    );

const end = z.enum(['pre', 'post']).default('post');

/** How texts are brought to one length. */
export const sequence = {
  padding: end.describe('Where a short text is filled up with 0: before it or after it.'),
  truncation: end.describe('Where a long text is cut: its start or its end is left out.'),
};
