import { z } from 'zod';
import { call, input } from '../../ops/expression.js';
import { alike, meanOf } from '../comparison.js';
import { defineLoss } from '../loss.js';

/** `(prediction - target)^2`, the mean over all elements that count. Both have one shape, `[batch, ...]`. */
export const mse = defineLoss({
  type: 'mse',
  summary: 'The mean squared error of numbers.',
  options: z.object({}),
  build(comparison) {
    const { prediction, target } = alike(comparison, 'mse');
    const { builder } = comparison;
    const difference = builder.map(call('subtract', input(0), input(1)), [prediction, target]);
    return meanOf(comparison, builder.map(call('multiply', input(0), input(0)), [difference]));
  },
});
