/** Texts as whole numbers, and back. */
export interface Tokenizer {
  /** What each token is, for people; some may be too much to be had in a text by themselves. */
  readonly labels: readonly string[];
  /** The tokens of a text. */
  encode(text: string): number[];
  /** Makes text of tokens that come one after the other, after a text that is there already. */
  decoder(before?: string): Decoder;
}

export interface Decoder {
  /** What a token adds to the text: nothing while a character is not whole. */
  push(token: number): string;
}

/** What a tokeniser has been fitted to: a JSON value, which checkpoints keep. */
export type FittedTokenizer =
  | { readonly type: 'character' | 'word'; readonly vocabulary: readonly string[] }
  /** Pairs of tokens that become one, in this order. */
  | { readonly type: 'bpe'; readonly merges: readonly (readonly [number, number])[] };

export const tokenizerTypes = ['character', 'word', 'bpe'] as const;
export type TokenizerType = (typeof tokenizerTypes)[number];

/** All of a text's tokens as text. */
export function decode(tokenizer: Tokenizer, tokens: Iterable<number>): string {
  const decoder = tokenizer.decoder();
  return [...tokens].map((token) => decoder.push(token)).join('');
}

export interface Fitting {
  /** At which end padding stands, and at which a text that is too long is cut. */
  readonly padding: 'pre' | 'post';
  readonly truncation: 'pre' | 'post';
}

/** So many tokens: those of one end of the text, filled up with padding (0). */
export function fitLength(tokens: readonly number[], length: number, { padding, truncation }: Fitting): number[] {
  const kept = truncation === 'post' ? tokens.slice(0, length) : tokens.slice(Math.max(0, tokens.length - length));
  const fill = new Array<number>(length - kept.length).fill(0);
  return padding === 'post' ? [...kept, ...fill] : [...fill, ...kept];
}
