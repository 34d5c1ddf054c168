import { z } from 'zod';
import { defineMetric, meanResult } from '../metric.js';
import { squaredErrors } from './mse.js';

/** The square root of the mean over all elements of all records, not a mean of roots. Both have one shape, `[batch, ...]`. */
export const rmse = defineMetric({
  type: 'rmse',
  summary: 'The square root of the mean squared error, in the unit of the numbers.',
  options: z.object({}),
  larger: 'worse',
  batches: 'add',
  build: (comparison) => squaredErrors(comparison, 'rmse'),
  result: (statistics) => Math.sqrt(meanResult(statistics)),
});
