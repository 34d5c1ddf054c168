import { z } from 'zod';
import { type Scale, quantile } from '../../data/quantiles.js';
import { UserError } from '../../errors.js';
import { axisOption, groupsOf, scaleBy, sortedGroups, transformOf, usable } from '../fitted-values.js';
import { defineTransform } from '../transform.js';

/**
 * `(x - median) / (third quartile - first quartile)` of the training part, which few large values do not change. What is the same in every
 * record becomes 0. Of more than 2^24 values evenly spaced records are looked at.
 */
export const robust = defineTransform({
  type: 'robust',
  summary: 'Gives values median 0 and interquartile range 1 over the training part.',
  options: z.object(axisOption),
  async fit({ axis }, shape, batches) {
    const groups = await sortedGroups(groupsOf(axis, shape), shape, batches);
    return groups.map((sorted, group) => {
      const scale = quantile(sorted, 0.75) - quantile(sorted, 0.25);
      if (scale > 0 || sorted[0] === sorted.at(-1)) return usable({ shift: quantile(sorted, 0.5), scale });
      const which = groups.length === 1 ? '' : ` of ${axis} ${group + 1}`;
      throw new UserError(`robust: half of the values${which} or more are the same`, {
        hint: 'take standardize or min_max',
        exit: 'usage',
      });
    });
  },
  create: ({ axis }, shape, fitted) => transformOf(axis, shape, scaleBy(fitted as readonly Scale[])),
});
