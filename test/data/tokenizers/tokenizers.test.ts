import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytePairTokenizer, firstMerge, piecesOf } from '../../../src/data/tokenizers/byte-pair.js';
import { commonCharacters } from '../../../src/data/tokenizers/character.js';
import { fitTokenizer, openTokenizer } from '../../../src/data/tokenizers/index.js';
import { learnMerges } from '../../../src/data/tokenizers/learn-merges.js';
import { randomInteger, randomUniform } from '../../../src/random.js';
import { decode, fitLength } from '../../../src/data/tokenizers/tokenizer.js';

/** As the paper has it: all pairs are counted anew for each merge. */
function learnSlowly(texts: readonly string[], most: number): [number, number][] {
  let pieces = texts.flatMap(piecesOf).map((piece) => [...Buffer.from(piece)].map((byte) => byte + 1));
  const merges: [number, number][] = [];
  while (merges.length < most) {
    const counts = new Map<string, number>();
    for (const tokens of pieces) {
      for (let i = 0; i + 1 < tokens.length; i++) {
        const pair = `${tokens[i]} ${tokens[i + 1]}`;
        counts.set(pair, (counts.get(pair) ?? 0) + 1);
      }
    }
    const pairs = [...counts].map(([pair, count]) => ({ pair: pair.split(' ').map(Number) as [number, number], count }));
    pairs.sort((a, b) => b.count - a.count || a.pair[0] - b.pair[0] || a.pair[1] - b.pair[1]);
    const best = pairs[0];
    if (best === undefined || best.count < 2) break;
    merges.push(best.pair);
    pieces = pieces.map((tokens) => {
      const next: number[] = [];
      for (let i = 0; i < tokens.length; i++) {
        const isPair = tokens[i] === best.pair[0] && tokens[i + 1] === best.pair[1];
        next.push(isPair ? firstMerge + merges.length - 1 : tokens[i]!);
        if (isPair) i++;
      }
      return next;
    });
  }
  return merges;
}

const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' ', 'é', '\n', '1', "'s", '🐋'), maxLength: 80 });
const anyText = fc.oneof(
  letters,
  fc.string({ unit: 'grapheme' }).filter((one) => one.isWellFormed()),
);

describe('byte pairs', () => {
  it('are learnt as by counting all pairs anew for each merge', () => {
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 4 }), fc.integer({ min: 0, max: 30 }), (texts, most) => {
        expect(learnMerges(texts, most)).toEqual(learnSlowly(texts, most));
      }),
    );
    expect(learnMerges(['aaaa aaaa'], 10)).toEqual(learnSlowly(['aaaa aaaa'], 10));
  });

  it('are the commonest first', () => {
    const merges = learnMerges(['low low low lower newest newest'], 4);
    const { labels, encode } = bytePairTokenizer(merges);
    expect(labels.slice(firstMerge)).toEqual(['lo', 'low', ' low', ' n']);
    expect(encode('low lowest').map((token) => labels[token])).toEqual(['low', ' low', 'e', 's', 't']);
  });

  it('give every text back, of whatever it was learnt', () => {
    const tokenizer = bytePairTokenizer(learnMerges(['the cat and the hat 🐋🐋 é é'], 40));
    fc.assert(
      fc.property(anyText, (text) => {
        const tokens = tokenizer.encode(text);
        expect(decode(tokenizer, tokens)).toBe(text);
        expect(tokens.every((token) => token > 0 && token < tokenizer.labels.length)).toBe(true);
      }),
    );
    for (const text of ['\uFEFFa', 'x\r\ny', '  two  spaces  ', '\u0000', 'ﬁ\u0301']) {
      expect(decode(tokenizer, tokenizer.encode(text))).toBe(text);
    }
  });

  it('are written once a character is whole', () => {
    const tokenizer = bytePairTokenizer([]);
    const decoder = tokenizer.decoder();
    expect(tokenizer.encode('é!').map((token) => decoder.push(token))).toEqual(['', 'é', '!']);
    expect(tokenizer.labels[1 + 0xc3]).toBe('\\xc3');
    expect(tokenizer.labels[1 + 0x41]).toBe('A');
    expect(tokenizer.labels[0]).toBe('');
  });

  it('are learnt and applied where texts have megabytes', () => {
    const words = Array.from({ length: 20_000 }, (_, i) => randomInteger(1, i).toString(26).replace(/[0-9]/g, 'e'));
    let text = '';
    for (let i = 0; text.length < 1_000_000; i++) text += ` ${words[Math.floor(20_000 * randomUniform(2, i) ** 3)]}`;
    const tokenizer = openTokenizer(fitTokenizer('bpe', [text], 2000));
    const tokens = tokenizer.encode(text);
    expect(tokenizer.labels.length).toBe(2000);
    expect(tokens.length).toBeLessThan(text.length / 2);
    expect(decode(tokenizer, tokens)).toBe(text);
  });
});

describe('words', () => {
  it('are told apart by how common they are, and written with spaces between', () => {
    const fitted = fitTokenizer('word', ['The whale, the sea. (The whale!)', 'A sea; a whale'], 9);
    expect(fitted).toEqual({ type: 'word', vocabulary: ['', '\uFFFD', 'the', 'whale', 'a', 'sea', '!', '(', ')'] });
    const tokenizer = openTokenizer(fitted);
    expect(tokenizer.encode('Ahab the  WHALE')).toEqual([1, 2, 3]);
    expect(decode(tokenizer, tokenizer.encode('The (whale) a sea!'))).toBe('the (whale) a sea!');
    expect(tokenizer.decoder('The ').push(3)).toBe('whale');
    expect(tokenizer.decoder('The').push(3)).toBe(' whale');
  });

  it('keep the accents and vowel signs that are characters of their own', () => {
    const wordsOf = (text: string): string[] => {
      const tokenizer = openTokenizer(fitTokenizer('word', [text, text], 100));
      return tokenizer.encode(text).map((token) => tokenizer.labels[token]!);
    };
    expect(wordsOf('Cafe\u0301 हिन्दी, ภาษาที่')).toEqual(['cafe\u0301', 'हिन्दी', ',', 'ภาษาที่']);
    expect(wordsOf('2\uFE0F\u20E3 漢字です 👍🏽!')).toEqual(['2\uFE0F\u20E3', '漢字です', '👍', '🏽', '!']);
  });
});

describe('characters', () => {
  it('are told apart by how common they are', () => {
    expect(commonCharacters(['abba', 'cab🐋'], 5)).toEqual(['', '\uFFFD', 'a', 'b', 'c']);
    const tokenizer = openTokenizer(fitTokenizer('character', ['abba', 'cab'], 4));
    expect(tokenizer.encode('cab')).toEqual([1, 2, 3]);
  });
});

describe('texts of one length', () => {
  it('are filled up and cut at the end that is said', () => {
    const fit = (padding: 'pre' | 'post', truncation: 'pre' | 'post') => [
      fitLength([1, 2], 4, { padding, truncation }),
      fitLength([1, 2, 3, 4, 5, 6], 4, { padding, truncation }),
    ];
    expect(fit('post', 'post')).toEqual([
      [1, 2, 0, 0],
      [1, 2, 3, 4],
    ]);
    expect(fit('pre', 'pre')).toEqual([
      [0, 0, 1, 2],
      [3, 4, 5, 6],
    ]);
  });
});
