import { padding, unknown } from './text.js';

/** The words of a text: runs of letters and digits in lower case, and every other mark that is no space. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? [];
}

/** The commonest words of some texts, after `padding` and `unknown`; equally common ones by their letters. */
export function wordVocabulary(texts: Iterable<string>, most: number): string[] {
  const counts = new Map<string, number>();
  for (const text of texts) for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const common = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, most - 2);
  return [padding, unknown, ...common.map(([word]) => word)];
}

/** The first `length` words of a text by their place in a vocabulary, filled up with padding. */
export function encodeWords(text: string, places: ReadonlyMap<string, number>, length: number): number[] {
  const words = wordsOf(text).slice(0, length);
  return Array.from({ length }, (_, i) => (i < words.length ? (places.get(words[i]!) ?? 1) : 0));
}
