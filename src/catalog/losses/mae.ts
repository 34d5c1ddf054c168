import { z } from 'zod';
import { call, input } from '../../ops/expression.js';
import { alike, meanOf } from '../comparison.js';
import { defineLoss } from '../loss.js';

/** `|prediction - target|`, the mean over all elements that count. Both have one shape, `[batch, ...]`. Its derivative at 0 is 0. */
export const mae = defineLoss({
  type: 'mae',
  summary: 'The mean absolute error of numbers.',
  options: z.object({}),
  build(comparison) {
    const { prediction, target } = alike(comparison, 'mae');
    const terms = call('absolute', call('subtract', input(0), input(1)));
    return meanOf(comparison, comparison.builder.map(terms, [prediction, target]));
  },
});
