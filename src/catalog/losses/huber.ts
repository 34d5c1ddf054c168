import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import { alike, meanOf } from '../comparison.js';
import { defineLoss } from '../loss.js';

/**
 * `d^2 / 2` where `|d| <= delta`, else `delta (|d| - delta / 2)`, of the difference d of prediction and target (Huber, 1964), the mean
 * over all elements that count. Both have one shape, `[batch, ...]`.
 */
export const huber = defineLoss({
  type: 'huber',
  summary: 'The squared error of small differences and the absolute one of large ones, so that outliers count less.',
  options: z.object({ delta: z.number().positive().default(1).describe('From which difference on it grows linearly.') }),
  build(comparison, { delta }) {
    const { prediction, target } = alike(comparison, 'huber');
    const { builder } = comparison;
    const difference = builder.map(call('subtract', input(0), input(1)), [prediction, target]);
    const size = call('absolute', input(0));
    const square = call('multiply', constant(0.5), call('multiply', input(0), input(0)));
    const line = call('multiply', constant(delta), call('subtract', size, constant(delta / 2)));
    return meanOf(comparison, builder.map(call('select', call('greater', size, constant(delta)), line, square), [difference]));
  },
});
