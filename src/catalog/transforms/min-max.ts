import { z } from 'zod';
import type { Scale } from '../../data/quantiles.js';
import { axisOption, groupsOf, scaleBy, statisticsOf, transformOf, usable } from '../fitted-values.js';
import { defineTransform } from '../transform.js';

/** `(x - min) / (max - min)` of the training part. What is the same in every record becomes 0. */
export const minMax = defineTransform({
  type: 'min_max',
  summary: 'Puts the values of the training part between 0 and 1; those of other parts may lie outside.',
  options: z.object(axisOption),
  async fit({ axis }, shape, batches) {
    const found = await statisticsOf(groupsOf(axis, shape), batches);
    return found.map(({ least, most }) => usable({ shift: least, scale: most - least }));
  },
  create: ({ axis }, shape, fitted) => transformOf(axis, shape, scaleBy(fitted as readonly Scale[])),
});
