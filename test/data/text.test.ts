import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { datasets } from '../../src/catalog/datasets/index.js';
import { BatchSource } from '../../src/data/batches.js';
import { type Field, fieldsOf } from '../../src/catalog/dataset.js';
import { locateFiles } from '../../src/data/locate.js';
import { characterVocabulary, readText } from '../../src/data/text.js';
import { characterTokenizer } from '../../src/data/tokenizers/character.js';
import { openTokenizer } from '../../src/data/tokenizers/index.js';
import { decode } from '../../src/data/tokenizers/tokenizer.js';
import { temporaryFolder, userError } from './idx-files.js';

const folder = temporaryFolder();
const write = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const context = { folder, cache: folder, log: () => {} };
const text = datasets.get('text');
const load = (options: object) => text.load(text.options.parse({ path: 'a.txt', ...options }), context);

describe('locateFiles', () => {
  it('takes a path from the folder, or several by a pattern in the order of their numbers', () => {
    for (const name of ['part-10.txt', 'part-9.txt', 'part-1.txt', 'other.txt']) write(name, 'x');
    expect(locateFiles('other.txt', folder)).toEqual([join(folder, 'other.txt')]);
    expect(locateFiles('part-*.txt', folder)).toEqual(
      ['part-1.txt', 'part-9.txt', 'part-10.txt'].map((name) => join(folder, name)),
    );
  });

  it('looks into every folder that a pattern means, and into nothing else', async () => {
    for (const name of ['set-a', 'set-b', 'set-c']) mkdirSync(join(folder, name));
    write('set-d', 'no folder');
    const files = [write('set-a/1.txt', 'x'), write('set-c/1.txt', 'x')];
    mkdirSync(join(folder, 'set-b', '1.txt'));
    expect(locateFiles('set-*/1.txt', folder)).toEqual(files);
    expect((await userError(() => locateFiles('set-b', folder))).message).toBe(`${join(folder, 'set-b')} is a folder`);
  });

  it('finds a file of an installed package above the folder, and says how to install one that is not', async () => {
    const nested = join(folder, 'configs');
    mkdirSync(join(folder, 'node_modules', '@some', 'texts', 'data'), { recursive: true });
    mkdirSync(nested);
    const file = write(join('node_modules', '@some', 'texts', 'data', 'one.txt'), 'x');
    expect(locateFiles('npm:@some/texts/data/*.txt', nested)).toEqual([file]);
    const missing = await userError(() => locateFiles('npm:@some/other/data.txt', nested));
    expect(missing).toMatchObject({
      message: expect.stringContaining('@some/other'),
      hint: 'npm install --no-save @some/other',
      exit: 'usage',
    });
    expect((await userError(() => locateFiles('npm:@some/texts/../../x', nested))).message).toContain(
      'names no file of a package',
    );
  });

  it('says what does not exist', async () => {
    expect((await userError(() => locateFiles('none.txt', folder))).message).toBe(`${join(folder, 'none.txt')} does not exist`);
    expect((await userError(() => locateFiles('none-*.txt', folder))).message).toBe(
      `no file is named like ${join(folder, 'none-*.txt')}`,
    );
  });
});

describe('readText', () => {
  it('drops a byte order mark and takes every line end as \\n', () => {
    expect(readText(write('ends.txt', '\uFEFFa\r\nb\rc\n')).text).toBe('a\nb\nc\n');
  });

  it('names the first byte that is not UTF-8, and takes a replacement character that is written as one', async () => {
    const error = await userError(() => readText(write('latin.txt', Uint8Array.of(0x61, 0xe9, 0x62))));
    expect(error.message).toContain('is not UTF-8: byte 1 (0xe9)');
    const wide = [
      Buffer.from('\uFEFFhello', 'utf16le'),
      Buffer.from('hello', 'utf16le'),
      Buffer.from('hello', 'utf16le').swap16(),
    ];
    for (const bytes of wide) {
      expect((await userError(() => readText(write('wide.txt', bytes)))).message).toMatch(/wide\.txt is UTF-16, expected UTF-8$/);
    }
    const zeros = await userError(() => readText(write('zeros.txt', 'ab\0\0c')));
    expect(zeros.message).toMatch(/zeros\.txt is no text: byte 2 is zero$/);
    expect(readText(write('replacement.txt', 'a\uFFFD')).text).toBe('a\uFFFD');
  });
});

describe('character vocabularies', () => {
  it('give every text back', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme-composite', minLength: 1 }).filter((one) => !one.includes('\uFFFD') && one.isWellFormed()),
        (written) => {
          const vocabulary = characterVocabulary(written);
          const tokens = characterTokenizer(vocabulary).encode(written);
          expect([...tokens].map((token) => vocabulary[token]).join('')).toBe(written);
          expect(tokens.every((token) => token > 0)).toBe(true);
        },
      ),
    );
  });

  it('have place 0 for what they do not hold', () => {
    expect([...characterTokenizer(characterVocabulary('ba')).encode('abz')]).toEqual([1, 2, 0]);
  });
});

describe('the text data set', () => {
  it('cuts the text into pieces, each with what follows, and holds its end out', async () => {
    write('a.txt', 'abcabcabcabcabcabcabcabcabcxyz');
    const { info, train, test } = await load({ sequence_length: 4, test: 0.3 });
    expect(info.inputs.input).toEqual({ kind: 'class', shape: [4], classes: 4, labels: ['\uFFFD', 'a', 'b', 'c'] });
    expect([info.trainLength, info.testLength]).toEqual([5, 2]);
    const all = (length: number) => Uint32Array.from({ length }, (_, i) => i);
    const { values } = await new BatchSource({ records: train, fields: fieldsOf(info), indices: all(5), batchSize: 5 }).batch(
      0,
      0,
    );
    expect([...values.get('input')!.subarray(0, 8)]).toEqual([1, 2, 3, 1, 2, 3, 1, 2]);
    expect([...values.get('target')!.subarray(0, 8)]).toEqual([2, 3, 1, 2, 3, 1, 2, 3]);
    // What the training part does not hold is unknown.
    const held = await new BatchSource({ records: test, fields: fieldsOf(info), indices: all(2), batchSize: 2 }).batch(0, 0);
    expect([...held.values.get('target')!]).toEqual([2, 3, 1, 2, 3, 0, 0, 0]);
  });

  it('takes another text for the test, whose words are not learnt', async () => {
    write('learn.txt', 'abababababab');
    write('exam.txt', 'abzabzabz');
    const { info, train, test, provenance } = await load({ path: 'learn.txt', test: 'exam.txt', sequence_length: 4 });
    expect(info.inputs.input).toMatchObject({ labels: ['\uFFFD', 'a', 'b'] });
    expect([train.length, test.length]).toEqual([2, 2]);
    expect([...test.columns.input!.values]).toEqual([1, 2, 0, 1, 2, 0, 1, 2, 0]);
    expect(provenance.map(({ file }) => file)).toEqual([join(folder, 'learn.txt'), join(folder, 'exam.txt')]);
  });

  it('may have places to spare, but none too few', async () => {
    write('a.txt', 'abcabcabcabcabcabcabcabcabcxyz');
    const { info } = await load({ sequence_length: 4, test: 0.3, vocabulary_size: 96 });
    expect(info.targets.target).toMatchObject({ classes: 96, labels: ['\uFFFD', 'a', 'b', 'c'] });
    const error = await userError(() => load({ sequence_length: 4, test: 0.3, vocabulary_size: 3 }));
    expect(error).toMatchObject({
      message: expect.stringContaining('has 3 different characters'),
      hint: 'set vocabulary_size to at least 4',
    });
  });

  it('may be cut into words or pairs of bytes, which are those of the training part', async () => {
    write('a.txt', `${'The whale and the sea. '.repeat(20)}Queequeg!`);
    const words = await load({ tokenizer: 'word', sequence_length: 4, test: 0.1 });
    expect(words.fitted).toEqual({ type: 'word', vocabulary: ['', '\uFFFD', 'the', '.', 'and', 'sea', 'whale', 'whal'] });
    expect(words.info.inputs.input).toMatchObject({ classes: 8, tokenizer: words.fitted });
    expect([...words.train.columns.input!.values.subarray(0, 7)]).toEqual([2, 6, 4, 2, 5, 3, 2]);
    const pairs = await load({ tokenizer: 'bpe', vocabulary_size: 300, sequence_length: 4, test: 0.1 });
    const field = pairs.info.inputs.input as Extract<Field, { kind: 'class' }>;
    expect(field.classes).toBe(300);
    const tokenizer = openTokenizer(field.tokenizer!);
    expect(decode(tokenizer, pairs.train.columns.input!.values.subarray(0, 5))).toBe('The whale and the sea');
    expect(decode(tokenizer, pairs.test.columns.input!.values)).toMatch(/Queequeg!$/);
    // A checkpoint has what was fitted, as JSON.
    const fitted = { info: pairs.info, dataset: JSON.parse(JSON.stringify(pairs.fitted)) as unknown, transforms: [] };
    write('a.txt', 'another text, the sea and whales'.repeat(20));
    const options = text.options.parse({ path: 'a.txt', tokenizer: 'bpe', vocabulary_size: 300, sequence_length: 4 });
    const again = await text.load(options, { ...context, fitted });
    expect(again.fitted).toEqual(pairs.fitted);
    const small = await userError(() => load({ tokenizer: 'bpe', vocabulary_size: 100 }));
    expect(small).toMatchObject({ message: 'a vocabulary of 100 is too small for bpe', hint: 'take at least 257' });
  });

  it('refuses a text that is too short', async () => {
    write('a.txt', 'abc');
    expect((await userError(() => load({}))).message).toContain('has 3 characters: too few');
  });
});
