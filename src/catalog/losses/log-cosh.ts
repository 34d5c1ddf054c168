import { z } from 'zod';
import { type Expression, call, constant, input } from '../../ops/expression.js';
import { alike, meanOf } from '../comparison.js';
import { defineLoss } from '../loss.js';

/** The coefficients of `d^2`, `d^4`, ... in the Taylor series of `ln cosh d` at 0. */
const series = [1 / 2, -1 / 12, 1 / 45, -17 / 2520, 31 / 14175, -691 / 935550, 10922 / 42567525];

/** Below this difference the series is right to 17 digits. */
const near = 0.1;

/**
 * `ln cosh(prediction - target)`, the mean over all elements that count. Both have one shape, `[batch, ...]`. Computed as
 * `|d| + ln(1 + exp(-2 |d|)) - ln 2`, which does not overflow, and near 0, where that loses its digits, by the series.
 */
export const logCosh = defineLoss({
  type: 'log_cosh',
  summary: 'ln cosh of the difference of numbers: nearly half its square where it is small, nearly its size where it is large.',
  options: z.object({}),
  build(comparison) {
    const { prediction, target } = alike(comparison, 'log_cosh');
    const { builder } = comparison;
    const difference = builder.map(call('subtract', input(0), input(1)), [prediction, target]);
    const size = call('absolute', input(0));
    const falling = call('exponential', call('multiply', constant(-2), size));
    const far = call('subtract', call('add', size, call('logarithm', call('add', constant(1), falling))), constant(Math.LN2));
    const square = call('multiply', input(0), input(0));
    const polynomial = series.reduceRight<Expression>(
      (sum, coefficient) => call('multiply', square, call('add', constant(coefficient), sum)),
      constant(0),
    );
    return meanOf(comparison, builder.map(call('select', call('greater', size, constant(near)), far, polynomial), [difference]));
  },
});
