import { z } from 'zod';
import type { Examples, Field } from '../../data/field.js';
import { locateFiles } from '../../data/locate.js';
import { characterVocabulary, encodeCharacters, readText } from '../../data/text.js';
import { UserError } from '../../errors.js';
import { type DatasetContext, type DatasetInfo, type LoadedDataset, defineDataset } from '../dataset.js';

interface TextOptions {
  path: string;
  sequence_length: number;
  test: number;
  vocabulary_size?: number | undefined;
}

/** What a text was fitted to: kept in checkpoints as JSON. */
interface FittedText {
  readonly vocabulary: readonly string[];
}

/**
 * A text cut into pieces of `sequence_length` characters, each with the characters that follow one place later: what a language model
 * learns from. Input and target are `[sequence_length]`, whole numbers below the number of characters that the training part has, and
 * 0 for any other.
 */
export const text = defineDataset({
  type: 'text',
  summary: 'A text, character by character: from each piece the next character of every place is to be told.',
  options: z.object({
    path: z
      .string()
      .min(1)
      .describe('The file, from the folder of the config, or npm:<package>/<file>; `*` takes several, joined in order.'),
    vocabulary_size: z
      .int()
      .min(2)
      .max(65536)
      .optional()
      .describe(
        'How many characters the model tells apart, with places to spare; by default those of the training part and one for all others.',
      ),
    sequence_length: z.int().positive().default(64).describe('Characters of a piece.'),
    test: z.number().gt(0).lt(1).default(0.1).describe('The part at the end of the text that is kept for the test.'),
  }),
  describe: async (options, context) => read(options, context).info,
  load: async (options, context) => read(options, context),
});

function read({ path, sequence_length: length, test, vocabulary_size }: TextOptions, context: DatasetContext): LoadedDataset {
  const files = locateFiles(path, context.folder).map(readText);
  const characters = [...files.map((file) => file.text).join('\n')];
  const split = Math.floor(characters.length * (1 - test));
  const [trained, tested] = [characters.slice(0, split).join(''), characters.slice(split).join('')];
  const before = (context.fitted?.dataset ?? undefined) as FittedText | undefined;
  const vocabulary = before?.vocabulary ?? characterVocabulary(trained);
  if (vocabulary.length > 2 ** 16)
    throw new UserError(`${path} has ${vocabulary.length} different characters, expected at most 65536`);
  const classes = vocabulary_size ?? vocabulary.length;
  if (classes < vocabulary.length) {
    throw new UserError(`${path} has ${vocabulary.length - 1} different characters, and one place is for all others`, {
      hint: `set vocabulary_size to at least ${vocabulary.length}`,
      exit: 'usage',
    });
  }
  const train = pieces(encodeCharacters(trained, vocabulary), length);
  const held = pieces(encodeCharacters(tested, vocabulary), length);
  if (train.length === 0 || held.length === 0) {
    throw new UserError(
      `${path} has ${characters.length} characters: too few for a training and a test part of at least ${length + 1} each`,
      { hint: 'take a smaller sequence_length or a longer text', exit: 'usage' },
    );
  }
  const field: Field = { kind: 'class', shape: [length], classes, labels: vocabulary };
  const info: DatasetInfo = {
    inputs: { input: field },
    targets: { target: field },
    trainLength: train.length,
    testLength: held.length,
  };
  return {
    info,
    train,
    test: held,
    provenance: files.map((file) => ({ file: file.path, md5: file.md5 })),
    fitted: { vocabulary } satisfies FittedText,
  };
}

/** Pieces side by side; the last ones, which the target would leave, are dropped. */
function pieces(tokens: Uint16Array, length: number): Examples {
  return {
    length: Math.max(0, Math.floor((tokens.length - 1) / length)),
    columns: { input: { values: tokens, step: length }, target: { values: tokens, step: length, offset: 1 } },
  };
}
