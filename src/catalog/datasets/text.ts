import { z } from 'zod';
import { DatasetError } from '../../data/dataset-error.js';
import type { Examples, Field } from '../../data/field.js';
import { locateFiles } from '../../data/locate.js';
import { type TextFile, characterVocabulary, readText } from '../../data/text.js';
import { fitTokenizer, leastVocabulary, openTokenizer } from '../../data/tokenizers/index.js';
import type { FittedTokenizer, TokenizerType } from '../../data/tokenizers/tokenizer.js';
import { UserError } from '../../errors.js';
import { type DatasetContext, type DatasetInfo, type LoadedDataset, defineDataset } from '../dataset.js';
import { obtain } from '../obtain.js';
import { tokenizer } from '../tokens.js';

interface TextOptions {
  path: string;
  tokenizer: TokenizerType;
  sequence_length: number;
  test: number | string;
  vocabulary_size?: number | undefined;
}

/**
 * A text cut into pieces of `sequence_length` tokens, each with the tokens that follow one place later: what a language model learns from.
 * Input and target are `[sequence_length]`, places in a vocabulary that is fitted to the training part. Of characters 0 is any that the
 * training part lacks; else 0 is padding, and of words 1 is any other.
 */
export const text = defineDataset({
  type: 'text',
  summary:
    'A text, character by character or in words or parts of them: from each piece the next one of every place is to be told.',
  options: z.object({
    path: z
      .string()
      .min(1)
      .describe('The file, from the folder of the config, or npm:<package>/<file>; `*` takes several, joined in order.'),
    obtain,
    tokenizer: tokenizer('character'),
    vocabulary_size: z
      .int()
      .min(2)
      .max(65536)
      .optional()
      .describe(
        'How many tokens the model tells apart. Of characters, with places to spare; by default those of the training part and one for all ' +
          'others. Of words the commonest, by default 10000; of pairs of bytes 1000.',
      ),
    sequence_length: z.int().positive().default(64).describe('Tokens of a piece.'),
    test: z
      .union([z.number().gt(0).lt(1), z.string().min(1)])
      .default(0.1)
      .describe('The part at the end of the text that is kept for the test, or the path of another text.'),
  }),
  load: async (options, context) => read(options, context),
});

const textOf = (files: readonly TextFile[]): string => files.map((file) => file.text).join('\n');

/** A text without a part at its end, and that part. */
function cutAtEnd(text: string, part: number): [string, string] {
  const characters = [...text];
  const split = Math.floor(characters.length * (1 - part));
  return [characters.slice(0, split).join(''), characters.slice(split).join('')];
}

function read(options: TextOptions, context: DatasetContext): LoadedDataset {
  const { path, sequence_length: length, test, vocabulary_size } = options;
  const own = locateFiles(path, context.folder).map(readText);
  const others = typeof test === 'string' ? locateFiles(test, context.folder, ['test']).map(readText) : [];
  const files = [...own, ...others];
  const [trained, tested] = typeof test === 'string' ? [textOf(own), textOf(others)] : cutAtEnd(textOf(own), test);
  const before = (context.fitted?.dataset ?? undefined) as FittedTokenizer | undefined;
  const fitted = before ?? fit(options, trained);
  const { labels, encode } = openTokenizer(fitted);
  const classes = vocabulary_size ?? labels.length;
  if (classes < labels.length) {
    throw new DatasetError(
      ['vocabulary_size'],
      `${path} has ${labels.length - 1} different characters, and one place is for all others`,
      { hint: `set vocabulary_size to at least ${labels.length}` },
    );
  }
  const train = pieces(Uint16Array.from(encode(trained)), length);
  const held = pieces(Uint16Array.from(encode(tested)), length);
  if (train.length === 0 || held.length === 0) {
    throw new UserError(
      `${path} has ${[...textOf(files)].length} characters: too few for a training and a test part of at least ${length + 1} ${tokenNames[options.tokenizer]} each`,
      { hint: 'take a smaller sequence_length or a longer text', exit: 'usage' },
    );
  }
  const field: Field = {
    kind: 'class',
    shape: [length],
    classes,
    labels,
    ...(fitted.type === 'character' ? {} : { tokenizer: fitted }),
  };
  const info: DatasetInfo = {
    inputs: { input: field },
    targets: { target: field },
    trainLength: train.length,
    testLength: held.length,
  };
  return { info, train, test: held, provenance: files.map((file) => ({ file: file.path, md5: file.md5 })), fitted };
}

const tokenNames: Readonly<Record<TokenizerType, string>> = { character: 'characters', word: 'words', bpe: 'tokens' };

function fit({ tokenizer: type, vocabulary_size: size, path }: TextOptions, trained: string): FittedTokenizer {
  if (type === 'character') {
    const vocabulary = characterVocabulary(trained);
    if (vocabulary.length <= 2 ** 16) return { type, vocabulary };
    throw new UserError(`${path} has ${vocabulary.length} different characters, expected at most 65536`);
  }
  if (size !== undefined && size < leastVocabulary[type]) {
    throw new DatasetError(['vocabulary_size'], `a vocabulary of ${size} is too small for ${type}`, {
      hint: `take at least ${leastVocabulary[type]}`,
    });
  }
  return fitTokenizer(type, [trained], size ?? (type === 'word' ? 10000 : 1000));
}

/** Pieces side by side; the last ones, which the target would leave, are dropped. */
function pieces(tokens: Uint16Array, length: number): Examples {
  return {
    length: Math.max(0, Math.floor((tokens.length - 1) / length)),
    columns: { input: { values: tokens, step: length }, target: { values: tokens, step: length, offset: 1 } },
  };
}
