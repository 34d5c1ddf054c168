import { describe, expect, it } from 'vitest';
import { datasets } from '../../src/catalog/datasets/index.js';
import { writeDate } from '../../src/catalog/datasets/dates.js';
import { temporaryFolder } from './idx-files.js';

const context = { folder: temporaryFolder(), cache: temporaryFolder(), log: () => {} };
const load = (type: string, options: object = {}) => {
  const definition = datasets.get(type);
  return definition.load(definition.options.parse(options), context);
};
const labelled = (values: ArrayLike<number>, labels: readonly string[], record: number, length: number): string =>
  Array.from({ length }, (_, i) => labels[values[record * length + i]!]).join('');

describe('dates', () => {
  it('are written in all their ways', () => {
    const date = new Date(Date.UTC(1993, 2, 3));
    expect([0, 1, 2, 3, 4, 5, 6, 7].map((style) => writeDate(date, style))).toEqual([
      'Wednesday, March 3, 1993',
      '3 March 1993',
      'Mar 3rd, 1993',
      '3rd of March 1993',
      '03.03.1993',
      '3/3/1993',
      'MAR 3 1993',
      'the 3rd of march, 1993',
    ]);
    expect([1, 2, 11, 12, 13, 21, 22, 23].map((day) => writeDate(new Date(Date.UTC(2000, 0, day)), 3).split(' ')[0])).toEqual([
      '1st',
      '2nd',
      '11th',
      '12th',
      '13th',
      '21st',
      '22nd',
      '23rd',
    ]);
  });

  it('have answers that say the same day, and no day both in training and test', async () => {
    const { info, train, test } = await load('dates', { examples: 500 });
    const { source, decoder_input } = info.inputs;
    if (source?.kind !== 'class' || decoder_input?.kind !== 'class') throw new Error('not characters');
    const answers = (examples: typeof train): string[] =>
      Array.from({ length: examples.length }, (_, i) => labelled(examples.columns.target!.values, decoder_input.labels!, i, 11));
    const written = labelled(train.columns.source!.values, source.labels!, 0, 29);
    expect(new Date(`${written.replace(/(\d)(st|nd|rd|th)|of|the/g, '$1')} UTC`).toISOString().slice(0, 10) + '\u0003').toBe(
      answers(train)[0],
    );
    expect(labelled(train.columns.decoder_input!.values, decoder_input.labels!, 0, 11)).toBe(
      `\u0002${answers(train)[0]!.slice(0, -1)}`,
    );
    expect(answers(train).every((answer) => /^\d{4}-\d\d-\d\d\u0003$/.test(answer))).toBe(true);
    expect(new Set([...answers(train), ...answers(test)]).size).toBe(550);
    // Every character of the longest ones has a place.
    for (const values of [train, test].map((one) => one.columns.source!.values))
      expect(values.every((one) => one < source.classes)).toBe(true);
  });

  it('are the same for the same seed', async () => {
    const [a, again, b] = await Promise.all([0, 0, 1].map((seed) => load('dates', { examples: 50, seed })));
    expect(again!.train).toEqual(a!.train);
    expect(b!.train).not.toEqual(a!.train);
  });
});

describe('mnist_masks', () => {
  it('marks the bright pixels of each digit with its class, and leaves the rest to the background', async () => {
    const { info, train, test } = await load('mnist_masks', { train_examples: 30, test_examples: 10, size: 40 });
    expect(info.targets.target).toMatchObject({ kind: 'class', shape: [40, 40], classes: 11 });
    const [pictures, masks] = [train.columns.input!.values, train.columns.target!.values];
    expect(pictures.length).toBe(30 * 1600);
    masks.forEach((label, at) => expect(pictures[at]! >= 96).toBe(label > 0));
    const seen = new Set(masks);
    expect(seen.size).toBe(11);
    for (let i = 0; i < 30; i++) {
      const digits = new Set(masks.slice(i * 1600, (i + 1) * 1600));
      expect(digits.size).toBeGreaterThanOrEqual(2);
      expect(digits.size).toBeLessThanOrEqual(4);
    }
    expect(test.length).toBe(10);
  });
});
