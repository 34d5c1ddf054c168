import { padding, unknown } from '../text.js';
import type { Tokenizer } from './tokenizer.js';

/** The commonest characters of some texts, after `padding` and `unknown`; equally common ones by their code points. */
export function commonCharacters(texts: Iterable<string>, most = Infinity): string[] {
  const counts = new Map<string, number>();
  for (const text of texts) for (const one of text) counts.set(one, (counts.get(one) ?? 0) + 1);
  counts.delete(unknown);
  const order = [...counts].sort(([a, m], [b, n]) => n - m || a.codePointAt(0)! - b.codePointAt(0)!);
  return [padding, unknown, ...order.slice(0, most - 2).map(([one]) => one)];
}

/** Characters by their places in a vocabulary; others by that of `unknown`. */
export function characterTokenizer(vocabulary: readonly string[]): Tokenizer {
  const places = new Map(vocabulary.map((character, i) => [character, i]));
  const other = places.get(unknown) ?? 0;
  return {
    labels: vocabulary,
    encode: (text) => [...text].map((character) => places.get(character) ?? other),
    decoder: () => ({ push: (token) => vocabulary[token] ?? '' }),
  };
}
