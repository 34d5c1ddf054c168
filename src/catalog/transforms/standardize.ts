import { z } from 'zod';
import type { Scale } from '../../data/quantiles.js';
import { axisOption, groupsOf, scaleBy, statisticsOf, transformOf, usable } from '../fitted-values.js';
import { defineTransform } from '../transform.js';

/** `(x - mean) / std` of the training part. What is the same in every record becomes 0. */
export const standardize = defineTransform({
  type: 'standardize',
  summary: 'Gives values mean 0 and standard deviation 1 over the training part.',
  options: z.object(axisOption),
  async fit({ axis }, shape, batches) {
    const found = await statisticsOf(groupsOf(axis, shape), batches);
    return found.map(({ mean, deviation, least, most }) => usable({ shift: mean, scale: least === most ? 0 : deviation }));
  },
  create: ({ axis }, shape, fitted) => transformOf(axis, shape, scaleBy(fitted as readonly Scale[])),
});
