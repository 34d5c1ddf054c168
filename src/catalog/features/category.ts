import { z } from 'zod';
import { categoriesOf, listOf, placesOf, shown } from '../../data/categories.js';
import { DatasetError } from '../../data/dataset-error.js';
import { streamKey } from '../../random.js';
import { defineFeature } from '../feature.js';

/**
 * A word or a number that stands for a kind. `one_hot`: a value for each category of the training part, 1 for the cell's own and 0 for all
 * others. `ordinal`: one value, the category's place from 1 on, in the order of letters or numbers. `hashing`: as one_hot for buckets that
 * categories are sent to by a hash of their letters (Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", 2009): nothing
 * is fitted, and all categories are known. Where a value is missing or unknown all are 0.
 */
export const category = defineFeature({
  type: 'category',
  summary: 'A word or a number that stands for a kind: a value for each, of which one is 1.',
  options: z.object({
    encoding: z
      .enum(['one_hot', 'ordinal', 'hashing'])
      .default('one_hot')
      .describe('one_hot: a value for each category; ordinal: its place, from 1 on; hashing: a value for each bucket.'),
    buckets: z
      .int()
      .min(2)
      .max(65536)
      .default(64)
      .describe('How many values `hashing` makes; different categories may share one.'),
    unseen: z
      .enum(['ignore', 'fail'])
      .default('ignore')
      .describe('What becomes of a category that the training part does not have: all values are 0, or an error.'),
  }),
  filled: ({ missing, fill }) =>
    missing === 'constant' && fill !== undefined ? `they become ${shown(fill)}` : 'they become none of the categories',
  fit({ encoding, missing, fill }, { name, cells, rows, path }) {
    if (encoding === 'hashing') return null;
    const found = categoriesOf(cells, rows);
    const fills = missing === 'constant' && fill !== undefined && rows.some((row) => cells.at(row) === null);
    const categories = fills && !found.includes(String(fill)) ? [...found, String(fill)] : found;
    if (categories.length >= 2 || (missing === 'indicator' && categories.length === 1)) return { categories };
    throw new DatasetError(
      path,
      `column "${name}" has ${categories.length === 0 ? 'no value' : `the value "${categories[0]}" alone`} in the training part: nothing can be learnt from it`,
      { hint: 'leave the column out' },
    );
  },
  encoder({ encoding, buckets, unseen, missing, fill }, fitted, name) {
    const filled = missing === 'constant' && fill !== undefined ? String(fill) : null;
    if (encoding === 'hashing') {
      return {
        size: buckets,
        names: Array.from({ length: buckets }, (_, i) => `${name}#${i}`),
        write(cell, values, at) {
          const word = cell ?? filled;
          if (word !== null) values[at + (streamKey(0, String(word)) % buckets)] = 1;
          return undefined;
        },
      };
    }
    const { categories } = fitted as { categories: readonly string[] };
    const places = placesOf(categories);
    const isOrdinal = encoding === 'ordinal';
    return {
      isKnown: (cell) => cell === null || places.has(String(cell)),
      size: isOrdinal ? 1 : categories.length,
      names: isOrdinal ? [name] : categories.map((one) => `${name}=${one}`),
      write(cell, values, at) {
        const word = cell ?? filled;
        const place = word === null ? undefined : places.get(String(word));
        if (place !== undefined) {
          if (isOrdinal) values[at] = place + 1;
          else values[at + place] = 1;
        } else if (unseen === 'fail' && word !== null) {
          return {
            message: `the training part has no category ${shown(word)}, only ${listOf(categories)}`,
            hint: 'correct the value, or take `unseen: ignore`',
          };
        }
        return undefined;
      },
    };
  },
});
