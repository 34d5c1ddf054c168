import { z } from 'zod';
import { call, input } from '../../ops/expression.js';
import { type Comparison, alike } from '../comparison.js';
import { type Statistics, defineMetric, meanResult, meanStatistics } from '../metric.js';

/** The statistics of the mean of squared differences. */
export function squaredErrors(comparison: Comparison, type: string): Statistics {
  const { prediction, target } = alike(comparison, type);
  const { builder } = comparison;
  const difference = builder.map(call('subtract', input(0), input(1)), [prediction, target]);
  return meanStatistics(comparison, builder.map(call('multiply', input(0), input(0)), [difference]));
}

/** `(prediction - target)^2`, the mean over all elements that count. Both have one shape, `[batch, ...]`. */
export const mse = defineMetric({
  type: 'mse',
  summary: 'The mean squared error of numbers.',
  options: z.object({}),
  larger: 'worse',
  batches: 'add',
  build: (comparison) => squaredErrors(comparison, 'mse'),
  result: meanResult,
});
