import { bytePairTokenizer, firstMerge } from './byte-pair.js';
import { characterTokenizer, commonCharacters } from './character.js';
import { learnMerges } from './learn-merges.js';
import type { FittedTokenizer, Tokenizer, TokenizerType } from './tokenizer.js';
import { wordTokenizer, wordVocabulary } from './word.js';

/** The least vocabulary of each kind: what is always in it, and one more. */
export const leastVocabulary: Readonly<Record<TokenizerType, number>> = { character: 3, word: 3, bpe: firstMerge };

/** Fits a tokeniser to texts. Token 0 is padding; of characters and words the commonest are told apart, and token 1 is any other. */
export function fitTokenizer(type: TokenizerType, texts: readonly string[], vocabularySize: number): FittedTokenizer {
  if (type === 'bpe') return { type, merges: learnMerges(texts, vocabularySize - firstMerge) };
  const vocabulary = type === 'word' ? wordVocabulary(texts, vocabularySize) : commonCharacters(texts, vocabularySize);
  return { type, vocabulary };
}

export function openTokenizer(fitted: FittedTokenizer): Tokenizer {
  if (fitted.type === 'bpe') return bytePairTokenizer(fitted.merges);
  return fitted.type === 'word' ? wordTokenizer(fitted.vocabulary) : characterTokenizer(fitted.vocabulary);
}
