import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Examples, Field } from '../../data/field.js';
import { end, padding, start } from '../../data/text.js';
import { randomInteger, streamKey } from '../../random.js';
import { type DatasetInfo, type LoadedDataset, defineDataset } from '../dataset.js';

const months = 'January February March April May June July August September October November December'.split(' ');
const weekdays = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

const sourceLength = 29;
/** Ten characters and the end. */
const targetLength = 11;

const sourceLabels = [padding, ...' ,./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'];
const targetLabels = [padding, start, end, ...'-0123456789'];

/** A date the way people write it: `Tuesday, March 9, 1993`, `9 Mar 93`, `09.03.1993`. */
export function writeDate(date: Date, style: number): string {
  const [day, month, year] = [date.getUTCDate(), date.getUTCMonth(), date.getUTCFullYear()];
  const name = months[month]!;
  const two = (n: number): string => String(n).padStart(2, '0');
  const suffix =
    day % 10 === 1 && day !== 11 ? 'st' : day % 10 === 2 && day !== 12 ? 'nd' : day % 10 === 3 && day !== 13 ? 'rd' : 'th';
  const styles = [
    `${weekdays[date.getUTCDay()]}, ${name} ${day}, ${year}`,
    `${day} ${name} ${year}`,
    `${name.slice(0, 3)} ${day}${suffix}, ${year}`,
    `${day}${suffix} of ${name} ${year}`,
    `${two(day)}.${two(month + 1)}.${year}`,
    `${month + 1}/${day}/${year}`,
    `${name.toUpperCase().slice(0, 3)} ${day} ${year}`,
    `the ${day}${suffix} of ${name.toLowerCase()}, ${year}`,
  ];
  return styles[style % styles.length]!;
}

/**
 * Dates as people write them, each with the same date as `1993-03-09`: a task of translation whose every pair can be made. Inputs:
 * `source` `[29]`, characters padded with 0 at the end, and `decoder_input` `[11]`, the answer one place later, after the start.
 * Target: `target` `[11]`, the answer and its end. Dates of training and test differ.
 */
export const dates = defineDataset({
  type: 'dates',
  summary: 'Generated dates in many spellings, to be translated to year-month-day.',
  options: z.object({
    examples: z.int().min(10).max(30_000).default(10_000).describe('Dates to train on; a tenth as many are made to test on.'),
    seed: z.int().nonnegative().default(0).describe('Which dates.'),
  }),
  describe: async ({ examples }) => infoOf(examples),
  async load({ examples, seed }): Promise<LoadedDataset> {
    const info = infoOf(examples);
    // 36,525 days of 100 years from 1950 on: training and test draw from disjoint ones.
    const key = streamKey(seed, 'dates');
    const days = Uint32Array.from({ length: 36_525 }, (_, day) => day).sort(
      (a, b) => randomInteger(key, a) - randomInteger(key, b) || a - b,
    );
    const style = streamKey(seed, 'dates/style');
    const make = (from: Uint32Array): Examples =>
      encodePairs([...from].map((day) => [new Date(Date.UTC(1950, 0, 1 + day)), randomInteger(style, day)]));
    const [train, test] = [make(days.subarray(0, examples)), make(days.subarray(examples, examples + info.testLength))];
    const md5 = createHash('md5')
      .update(train.columns.source!.values as Uint8Array)
      .digest('hex');
    return { info, train, test, provenance: [{ file: `generated dates, seed ${seed}`, md5 }] };
  },
});

function infoOf(examples: number): DatasetInfo {
  const field = (length: number, labels: readonly string[]): Field => ({
    kind: 'class',
    shape: [length],
    classes: labels.length,
    labels,
  });
  return {
    inputs: { source: field(sourceLength, sourceLabels), decoder_input: field(targetLength, targetLabels) },
    targets: { target: field(targetLength, targetLabels) },
    trainLength: examples,
    testLength: Math.floor(examples / 10),
  };
}

function encodePairs(pairs: readonly (readonly [Date, number])[]): Examples {
  const source = new Uint8Array(pairs.length * sourceLength);
  const decoderInput = new Uint8Array(pairs.length * targetLength);
  const target = new Uint8Array(pairs.length * targetLength);
  pairs.forEach(([date, style], i) => {
    [...writeDate(date, style)].forEach((one, at) => (source[i * sourceLength + at] = sourceLabels.indexOf(one)));
    const answer = [...date.toISOString().slice(0, 10), end].map((one) => targetLabels.indexOf(one));
    target.set(answer, i * targetLength);
    decoderInput.set([targetLabels.indexOf(start), ...answer.slice(0, -1)], i * targetLength);
  });
  return {
    length: pairs.length,
    columns: { source: { values: source }, decoder_input: { values: decoderInput }, target: { values: target } },
  };
}
