import { padding } from '../text.js';
import type { Tokenizer } from './tokenizer.js';

type Merges = readonly (readonly [number, number])[];

/** Token 0 is padding, and the 256 bytes come next: nothing is unknown. Then each merge makes one more. */
export const firstMerge = 257;

/**
 * What is encoded by itself: a word with the space before it, a number, marks, and spaces (Radford et al., "Language Models are Unsupervised
 * Multitask Learners", 2019). Tokens do not reach from one into the next.
 */
const piecePattern = /'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

export const piecesOf = (text: string): string[] => text.match(piecePattern) ?? [];

export const byteTokens = (piece: string): number[] => [...Buffer.from(piece)].map((byte) => byte + 1);

/** Names a pair of tokens. */
export const pairKey = (left: number, right: number): number => left * 2 ** 16 + right;

/** The bytes of every token. */
function bytesOf(merges: Merges): Buffer[] {
  const bytes = [Buffer.alloc(0), ...Array.from({ length: 256 }, (_, byte) => Buffer.of(byte))];
  for (const [left, right] of merges) bytes.push(Buffer.concat([bytes[left]!, bytes[right]!]));
  return bytes;
}

/** A token for people: its text, or its bytes where they are not whole characters. */
function labelOf(bytes: Buffer): string {
  if (bytes.length === 0) return padding;
  const text = bytes.toString('utf8');
  if (Buffer.from(text).equals(bytes)) return text;
  return [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}

/** Pieces whose tokens are remembered: a text has the same ones again and again. */
const mostRemembered = 2 ** 17;

/**
 * Texts as tokens of bytes that often stand together (Sennrich, Haddow and Birch, 2016): in each piece the merges are done in the order in
 * which they were learnt. Any text comes back as it was.
 */
export function bytePairTokenizer(merges: Merges): Tokenizer {
  const bytes = bytesOf(merges);
  const ranks = new Map(merges.map(([left, right], i) => [pairKey(left, right), i]));
  const remembered = new Map<string, readonly number[]>();
  const encodePiece = (piece: string): readonly number[] => {
    const known = remembered.get(piece);
    if (known !== undefined) return known;
    const tokens = merged(byteTokens(piece), ranks);
    if (remembered.size < mostRemembered) remembered.set(piece, tokens);
    return tokens;
  };
  return {
    labels: bytes.map(labelOf),
    encode(text) {
      const tokens: number[] = [];
      for (const piece of piecesOf(text)) for (const token of encodePiece(piece)) tokens.push(token);
      return tokens;
    },
    decoder() {
      const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
      return { push: (token) => decoder.decode(bytes[token] ?? Buffer.alloc(0), { stream: true }) };
    },
  };
}

/** Does the merge that was learnt first, everywhere from left to right, until there is none to do. */
function merged(tokens: number[], ranks: ReadonlyMap<number, number>): number[] {
  for (;;) {
    let best = Infinity;
    for (let i = 0; i + 1 < tokens.length; i++) {
      const rank = ranks.get(pairKey(tokens[i]!, tokens[i + 1]!));
      if (rank !== undefined && rank < best) best = rank;
    }
    if (best === Infinity) return tokens;
    const next: number[] = [];
    for (let i = 0; i < tokens.length; i++) {
      const isPair = i + 1 < tokens.length && ranks.get(pairKey(tokens[i]!, tokens[i + 1]!)) === best;
      next.push(isPair ? firstMerge + best : tokens[i]!);
      if (isPair) i++;
    }
    tokens = next;
  }
}
