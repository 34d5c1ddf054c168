import { z } from 'zod';
import { shown } from '../../data/categories.js';
import { meanOf, scalings } from '../../data/quantiles.js';
import { timeOf } from '../../data/time.js';
import { defineFeature } from '../feature.js';

/** Parts of a time that come again, by what they are and how many there are of them. */
const cycles = {
  month: { of: (date: Date) => date.getUTCMonth(), count: 12 },
  day: { of: (date: Date) => date.getUTCDate() - 1, count: 31 },
  weekday: { of: (date: Date) => date.getUTCDay(), count: 7 },
  hour: { of: (date: Date) => date.getUTCHours() + date.getUTCMinutes() / 60, count: 24 },
};
const partNames = ['year', 'month', 'day', 'weekday', 'hour'] as const;
type Part = (typeof partNames)[number];

interface FittedTime {
  readonly year: { readonly shift: number; readonly scale: number };
  /** What stands for a missing time: the mean of each value. */
  readonly fill: readonly number[];
}

/**
 * A date or a time, in UTC: parts of it, each but the year as sine and cosine of its place on the circle, so that December is beside January,
 * or as a number from 0 to below 1. The year is standardized over the training part.
 */
export const timestamp = defineFeature({
  type: 'timestamp',
  summary: 'A date or a time such as 2024-05-31 or 2024-05-31 18:00: parts of it, as values on a circle or as numbers.',
  options: z.object({
    parts: z
      .array(z.enum(partNames))
      .min(1)
      .default([...partNames])
      .describe('What is read of it.'),
    cyclic: z
      .boolean()
      .default(true)
      .describe('Whether month, day, weekday and hour become sine and cosine, two values each, or one number from 0 to 1.'),
  }),
  problem(cell) {
    if (!Number.isNaN(timeOf(cell))) return undefined;
    return {
      message: `found ${shown(cell)}, expected a date or a time such as 2024-05-31 18:00`,
      hint: "make it one in the query: strptime(x, '%d/%m/%Y'), or to_timestamp(x) for seconds since 1970",
    };
  },
  filled: ({ missing }) =>
    missing === 'constant' ? 'each of their parts becomes 0' : 'each of their parts becomes its mean over the training part',
  fit({ parts, cyclic }, { cells, rows }): FittedTime {
    const dates = Array.from(
      rows.filter((row) => cells.at(row) !== null),
      (row) => new Date(timeOf(cells.at(row))),
    );
    const years = Float64Array.from(dates, (date) => date.getUTCFullYear());
    const { shift, scale } = years.length === 0 ? { shift: 0, scale: 0 } : scalings.standardize(years);
    const year = { shift, scale: scale > 0 ? scale : 1 };
    const encoded = dates.map((date) => valuesOf(date, parts, cyclic, year));
    const fill = (encoded[0] ?? []).map((_, i) => meanOf(Float64Array.from(encoded, (values) => values[i]!)));
    return { year, fill };
  },
  encoder({ parts, cyclic, missing }, fitted, name) {
    const { year, fill } = fitted as FittedTime;
    const isTwo = (part: Part): boolean => cyclic && part !== 'year';
    const names = parts.flatMap((part) =>
      isTwo(part) ? [`${name} ${part} sine`, `${name} ${part} cosine`] : [`${name} ${part}`],
    );
    const gap = missing === 'constant' ? names.map(() => 0) : fill;
    return {
      size: names.length,
      names,
      write(cell, values, at) {
        values.set(cell === null ? gap : valuesOf(new Date(timeOf(cell)), parts, cyclic, year), at);
        return undefined;
      },
    };
  },
});

function valuesOf(date: Date, parts: readonly Part[], cyclic: boolean, { shift, scale }: FittedTime['year']): number[] {
  return parts.flatMap((part) => {
    if (part === 'year') return [(date.getUTCFullYear() - shift) / scale];
    const place = cycles[part].of(date) / cycles[part].count;
    return cyclic ? [Math.sin(2 * Math.PI * place), Math.cos(2 * Math.PI * place)] : [place];
  });
}
