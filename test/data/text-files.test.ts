import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DatasetContext, LoadedDataset } from '../../src/catalog/dataset.js';
import { datasets } from '../../src/catalog/datasets/index.js';
import { openTokenizer } from '../../src/data/tokenizers/index.js';
import { type FittedTokenizer, decode } from '../../src/data/tokenizers/tokenizer.js';
import { temporaryFolder, userError } from './idx-files.js';

const folder = temporaryFolder();
const definition = datasets.get('text_files');
const logged: string[] = [];
const context: DatasetContext = { folder, cache: folder, log: (line) => void logged.push(line) };
const load = (options: object, more: Partial<DatasetContext> = {}): Promise<LoadedDataset> =>
  definition.load(definition.options.parse(options), { ...context, ...more });

function write(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}

const refusal = async (options: object): Promise<string> => {
  const { message, hint } = await userError(() => load(options));
  return `${message}; ${hint ?? ''}`.replaceAll(`${folder}/`, '');
};

write('mails/train/ham/1.txt', '\uFEFFGood day,\r\nsee you at noon');
write('mails/train/ham/deep/2.txt', 'good noon');
write('mails/train/spam/1.txt', 'Buy, buy now');
write('mails/test/spam/1.txt', 'buy a goodie now');

describe('texts in folders', () => {
  it('are words of the training part, of one length, with the classes in the order of their names', async () => {
    const { info, train, test, fitted, provenance } = await load({ path: 'mails', length: 4, vocabulary_size: 100 });
    const vocabulary = ['', '\uFFFD', ',', 'buy', 'good', 'noon', 'at', 'day', 'now', 'see', 'you'];
    expect(fitted).toEqual({ classes: ['ham', 'spam'], tokenizer: { type: 'word', vocabulary } });
    expect(info.inputs.input).toMatchObject({ kind: 'class', shape: [4], classes: 100, labels: vocabulary });
    expect(info.targets.target).toEqual({ kind: 'class', shape: [], classes: 2, labels: ['ham', 'spam'] });
    expect([...train.columns.input!.values]).toEqual([4, 7, 2, 9, 4, 5, 0, 0, 3, 2, 3, 8]);
    expect([...train.columns.target!.values]).toEqual([0, 0, 1]);
    expect([...test.columns.input!.values]).toEqual([3, 1, 1, 8]);
    expect(provenance.map(({ file }) => file.replace(`${folder}/`, ''))).toEqual([
      'mails/train/ham/1.txt',
      'mails/train/ham/deep/2.txt',
      'mails/train/spam/1.txt',
      'mails/test/spam/1.txt',
    ]);
  });

  it('may be padded and cut at their start, and cut into pairs of bytes that a checkpoint keeps', async () => {
    const options = { path: 'mails', length: 6, padding: 'pre', truncation: 'pre', tokenizer: 'bpe', vocabulary_size: 260 };
    const loaded = await load(options);
    const { tokenizer } = loaded.fitted as { tokenizer: FittedTokenizer };
    const opened = openTokenizer(tokenizer);
    expect(decode(opened, loaded.train.columns.input!.values.subarray(0, 6))).toMatch(/ noon$/);
    const dataset = { classes: ['spam', 'ham'], tokenizer: { type: 'bpe', merges: [] } };
    const again = await load(options, { fitted: { info: loaded.info, dataset, transforms: [] } });
    expect([...again.train.columns.target!.values]).toEqual([1, 1, 0]);
    expect(decode(openTokenizer({ type: 'bpe', merges: [] }), again.train.columns.input!.values.subarray(0, 6))).toBe('t noon');
  });

  it('that are empty or not UTF-8 are refused, or left out and listed', async () => {
    write('bad/a/1.txt', 'one');
    write('bad/a/2.txt', Uint8Array.of(0x61, 0xe9, 0x62));
    write('bad/b/1.txt', 'two');
    write('bad/b/2.txt', ' \n');
    write('bad/b/3.pdf', '%PDF');
    expect(await refusal({ path: 'bad', test: 'mails/train' })).toMatch(
      /^bad\/b\/3\.pdf is of a kind that is not read \(\.pdf\)/,
    );
    logged.length = 0;
    const { train, notes } = await load({ path: 'bad', test: 'bad', on_error: 'skip' });
    expect(train.length).toBe(2);
    const told = logged.join('\n').replaceAll(`${folder}/`, '');
    expect(told).toContain('bad/a/2.txt is not UTF-8: byte 1 (0xe9) begins no character');
    expect(told).toContain('bad/b/2.txt is empty');
    expect(notes).toEqual(logged);
    write('latin/a/1.txt', Uint8Array.of(0x61, 0xe9));
    write('latin/b/1.txt', 'two');
    expect(await refusal({ path: 'latin', test: 'latin' })).toBe(
      'latin/a/1.txt is not UTF-8: byte 1 (0xe9) begins no character; convert it, for example with iconv -f latin1 -t utf-8; `on_error: skip` leaves such files out and lists them',
    );
  });

  it('need a vocabulary that holds what is always in it', async () => {
    expect(await refusal({ path: 'mails', tokenizer: 'bpe', vocabulary_size: 100 })).toBe(
      'a vocabulary of 100 is too small for bpe; take at least 257',
    );
  });
});
