import { padding, unknown } from '../text.js';
import type { Tokenizer } from './tokenizer.js';

/**
 * The words of a text: runs of letters and digits in lower case, with the accents and vowel signs that are written over them, and every other
 * mark that is no space.
 */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*|[^\s\p{L}\p{N}]/gu) ?? [];
}

/** The commonest words of some texts, after `padding` and `unknown`; equally common ones by their letters. */
export function wordVocabulary(texts: Iterable<string>, most: number): string[] {
  const counts = new Map<string, number>();
  for (const text of texts) for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const common = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, most - 2);
  return [padding, unknown, ...common.map(([word]) => word)];
}

/** Marks that stand right behind a word, and those that a word stands right behind. */
const closing = /^[.,;:!?)\]}%…’”'"]/u;
const opening = /[(\[{“‘\s]$/u;

/** Words by their places in a vocabulary; others by that of `unknown`. Capital letters and the kind of space are lost. */
export function wordTokenizer(vocabulary: readonly string[]): Tokenizer {
  const places = new Map(vocabulary.map((word, i) => [word, i]));
  const other = places.get(unknown) ?? 0;
  return {
    labels: vocabulary,
    encode: (text) => wordsOf(text).map((word) => places.get(word) ?? other),
    decoder(before = '') {
      let last = before;
      return {
        push(token) {
          const word = vocabulary[token] ?? '';
          const isApart = word !== '' && last !== '' && !closing.test(word) && !opening.test(last);
          if (word !== '') last = word;
          return isApart ? ` ${word}` : word;
        },
      };
    },
  };
}
