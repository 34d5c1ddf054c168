import { z } from 'zod';
import { call, input } from '../../ops/expression.js';
import { alike } from '../comparison.js';
import { defineMetric, meanResult, meanStatistics } from '../metric.js';

/** `|prediction - target|`, the mean over all elements that count. Both have one shape, `[batch, ...]`. */
export const mae = defineMetric({
  type: 'mae',
  summary: 'The mean absolute error of numbers.',
  options: z.object({}),
  larger: 'worse',
  batches: 'add',
  build(comparison) {
    const { prediction, target } = alike(comparison, 'mae');
    const terms = call('absolute', call('subtract', input(0), input(1)));
    return meanStatistics(comparison, comparison.builder.map(terms, [prediction, target]));
  },
  result: meanResult,
});
