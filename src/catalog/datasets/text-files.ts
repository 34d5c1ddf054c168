import { z } from 'zod';
import { DatasetError } from '../../data/dataset-error.js';
import type { Examples, Field } from '../../data/field.js';
import { type FileWithTarget, cutFiles, listFiles } from '../../data/labelled-files.js';
import { listNewFiles, requireRecords } from '../../data/new-files.js';
import { fileProvenance } from '../../data/provenance.js';
import { Skipped } from '../../data/skipped.js';
import { readText } from '../../data/text.js';
import { fitTokenizer, leastVocabulary, openTokenizer } from '../../data/tokenizers/index.js';
import { type FittedTokenizer, type Tokenizer, fitLength } from '../../data/tokenizers/tokenizer.js';
import { UserError } from '../../errors.js';
import { type DatasetContext, type LoadedDataset, defineDataset, logNotes } from '../dataset.js';
import { fileNames, fileTarget, lostClasses, requireSome, targetsOf } from '../file-targets.js';
import { obtain } from '../obtain.js';
import { guessTarget, targetOption } from '../table-target.js';
import { sequence, tokenizer } from '../tokens.js';

const options = z.object({
  path: z
    .string()
    .min(1)
    .describe(
      'A folder with a folder of texts for each class, or two such folders called train and test; or a table as for `table`, with a column of ' +
        'paths, which start at the folder of the table. From the folder of the config, or npm:<package>/<path>.',
    ),
  obtain,
  test: z
    .union([z.number().gt(0).lt(1), z.string().min(1)])
    .optional()
    .describe(
      'The part of the texts that is kept for the test, chosen by their content, or the path of another folder or table; by default the folder ' +
        'test, or 0.2.',
    ),
  seed: z.int().nonnegative().default(0).describe('Another number makes another split.'),
  table: z
    .string()
    .min(1)
    .optional()
    .describe('For a table in a database of SQLite: the table or view; by default its only one.'),
  query: z.string().min(1).optional().describe('For a table: SQL over its rows, as for `table`.'),
  text: z.string().min(1).optional().describe('For a table: the column of paths, by default text.'),
  target: targetOption
    .optional()
    .describe('For a table: the column of the class or number that is to be told, by default label.'),
  tokenizer: tokenizer('word'),
  length: z.int().positive().default(200).describe('Tokens of a text that are read.'),
  vocabulary_size: z
    .int()
    .min(3)
    .max(65536)
    .default(5000)
    .describe('How many tokens are told apart, the commonest of the training part.'),
  ...sequence,
  on_error: z
    .enum(['fail', 'skip'])
    .default('fail')
    .describe('What becomes of a file that cannot be used: fail: an error; skip: left out, counted and listed.'),
});
type Options = z.output<typeof options>;

/** What a model was trained on: kept in checkpoints as JSON. */
interface FittedTexts {
  /** In their order; null where a number is told. */
  readonly classes: readonly string[] | null;
  readonly tokenizer: FittedTokenizer;
}

const wanted = {
  endings: ['.txt', '.text', '.md'],
  unreadable: ['.doc', '.docx', '.odt', '.pdf', '.rtf'],
  called: 'texts',
  one: 'text',
  column: 'text',
};

/** A text that has been read. */
interface ReadText {
  readonly file: FileWithTarget;
  readonly text: string;
  readonly md5: string;
}

/**
 * Texts in folders that are called like their classes, or named by a table with a class or a number for each. Input: `[length]` tokens by their
 * place in a vocabulary that is fitted to the training part, 0 for padding; target: the class, in the order of the names, or the number.
 */
export const textFiles = defineDataset({
  type: 'text_files',
  summary: 'Texts in files, in a folder for each class or named by a table.',
  options,
  load: read,
  newRecords: {
    from: '.txt or .md',
    read(given, paths, { fitted }) {
      const bad = new Skipped(given.on_error);
      const texts = readTexts(listNewFiles(paths, wanted, bad), bad);
      const notes = bad.lines();
      requireRecords(texts.length, notes, wanted.called);
      const { tokenizer: known } = fitted.dataset as FittedTexts;
      const opened = openTokenizer(known);
      return Promise.resolve({
        inputs: { input: textField(given, opened, known) },
        records: { length: texts.length, columns: { input: { values: encode(texts, opened, given) } } },
        names: texts.map(({ file }) => file.path),
        named: 'file',
        notes,
      });
    },
  },
});

async function read(given: Options, context: DatasetContext): Promise<LoadedDataset> {
  const { tokenizer: type, vocabulary_size: size } = given;
  if (size < leastVocabulary[type]) {
    throw new DatasetError(['vocabulary_size'], `a vocabulary of ${size} is too small for ${type}`, {
      hint: `take at least ${leastVocabulary[type]}`,
    });
  }
  const before = (context.fitted?.dataset ?? undefined) as FittedTexts | undefined;
  const listing = await listFiles(
    {
      ...given,
      wanted,
      guess: guessTarget,
      pathColumn: given.text,
      onError: given.on_error,
      fitted: before,
      splitter: context.splitter,
    },
    context.folder,
  );
  const { bad, classes } = listing;
  const [train, test] = [readTexts(listing.train, bad), readTexts(listing.test, bad)];
  const filesOf = (texts: readonly ReadText[]): FileWithTarget[] => texts.map(({ file }) => file);
  const kept = { train: filesOf(train), test: filesOf(test) };
  const checksums = new Map([...train, ...test].map(({ file, md5 }) => [file, md5]));
  const notes = [...listing.remarks, ...bad.lines(), ...lostClasses(kept, classes, 'text')];
  logNotes(context, notes);
  requireSome(kept, 'text', bad);
  const fitted =
    before?.tokenizer ??
    fitTokenizer(
      type,
      train.map(({ text }) => text),
      size,
    );
  const opened = openTokenizer(fitted);
  const examples = (texts: readonly ReadText[]): Examples => ({
    length: texts.length,
    columns: { input: { values: encode(texts, opened, given) }, target: targetsOf(filesOf(texts), classes) },
  });
  return {
    info: {
      inputs: { input: textField(given, opened, fitted) },
      targets: { target: fileTarget(classes) },
      trainLength: train.length,
      testLength: test.length,
    },
    train: examples(train),
    test: examples(test),
    provenance: [
      ...fileProvenance(
        [...kept.train, ...kept.test],
        [...train, ...test].map(({ md5 }) => md5),
      ),
      ...bad.provenance(),
    ],
    notes,
    nameOf: fileNames(kept),
    ...cutFiles(kept, (file) => checksums.get(file)!, context.splitter),
    fitted: { classes: classes ?? null, tokenizer: fitted } satisfies FittedTexts,
  };
}

/** Those that can be read and are not empty. */
function readTexts(files: readonly FileWithTarget[], bad: Skipped): ReadText[] {
  return files.flatMap((file) => {
    try {
      const { text, md5 } = readText(file.path);
      if (text.trim() !== '') return [{ file, text, md5 }];
      bad.add(file.path, 'is empty');
    } catch (error) {
      if (!(error instanceof UserError) || error instanceof DatasetError) throw error;
      bad.add(file.path, error.message.replace(`${file.path} `, ''), error.hint === undefined ? {} : { hint: error.hint });
    }
    return [];
  });
}

const textField = ({ length, vocabulary_size: size }: Options, { labels }: Tokenizer, tokenizer: FittedTokenizer): Field => ({
  kind: 'class',
  shape: [length],
  classes: Math.max(size, labels.length),
  labels,
  tokenizer,
});

function encode(texts: readonly ReadText[], { encode: tokensOf }: Tokenizer, given: Options): Uint16Array {
  const values = new Uint16Array(texts.length * given.length);
  texts.forEach(({ text }, i) => values.set(fitLength(tokensOf(text), given.length, given), i * given.length));
  return values;
}
