import { z } from 'zod';
import { quantile } from '../../data/quantiles.js';
import { axisOption, groupsOf, sortedGroups, transformOf } from '../fitted-values.js';
import { defineTransform } from '../transform.js';

type Bounds = readonly [low: number | null, high: number | null];
const part = z.number().min(0).max(1);

/** `min(max(x, low), high)`. Of more than 2^24 values evenly spaced records are looked at for quantiles. */
export const clip = defineTransform({
  type: 'clip',
  summary: 'Puts the bound in place of smaller and of larger values: bounds that are given, or quantiles of the training part.',
  options: z
    .object({
      min: z.number().optional().describe('The least value.'),
      max: z.number().optional().describe('The largest value.'),
      quantiles: z.tuple([part, part]).optional().describe('In their place: parts of the training values, such as [0.01, 0.99].'),
      ...axisOption,
    })
    .refine(({ min, max, quantiles }) => [min, max, quantiles].some((one) => one !== undefined), 'needs min, max or quantiles')
    .refine(({ min, max, quantiles }) => quantiles === undefined || (min === undefined && max === undefined), {
      message: 'quantiles stand in place of min and max',
      path: ['quantiles'],
    })
    .refine(({ min, max }) => min === undefined || max === undefined || min < max, {
      message: 'min must be below max',
      path: ['min'],
    })
    .refine(({ quantiles }) => quantiles === undefined || quantiles[0] < quantiles[1], {
      message: 'the first must be below the second',
      path: ['quantiles'],
    }),
  async fit({ min, max, quantiles, axis }, shape, batches): Promise<readonly Bounds[]> {
    if (quantiles === undefined) return [[min ?? null, max ?? null]];
    const groups = await sortedGroups(groupsOf(axis, shape), shape, batches);
    return groups.map((sorted): Bounds => [quantile(sorted, quantiles[0]), quantile(sorted, quantiles[1])]);
  },
  create({ axis }, shape, fitted) {
    const bounds = (fitted as readonly Bounds[]).map(([low, high]) => [low ?? -Infinity, high ?? Infinity] as const);
    return transformOf(axis, shape, (values) => {
      for (let i = 0, group = 0; i < values.length; i++, group = group + 1 === bounds.length ? 0 : group + 1) {
        const [low, high] = bounds[group]!;
        values[i] = Math.min(high, Math.max(low, values[i]!));
      }
    });
  },
});
