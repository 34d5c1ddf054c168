import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import type { TensorId } from '../../ops/op.js';
import { size } from '../../shape.js';
import { alike, maskFor } from '../comparison.js';
import { type Collected, defineMetric } from '../metric.js';

/**
 * `1 - sum((target - prediction)^2) / sum((target - mean)^2)` over all records: 1 is perfect, 0 is what the mean would give. Both have one
 * shape, `[batch, ...]`; each place of a last axis longer than 1 has a value of its own, and the result is their mean, as in scikit-learn.
 * A place whose targets are all equal has 1 if they are met, else 0.
 *
 * The mean is that of all records, which no batch knows. Each batch gives its targets' distances from its own mean, so that nothing is lost
 * where targets are large and near to each other, and the batches are put together at the end.
 */
export const r2 = defineMetric({
  type: 'r2',
  summary: 'The share of the variance of numbers that is explained: 1 is perfect, 0 is what their mean would give.',
  options: z.object({}),
  larger: 'better',
  batches: 'collect',
  build(comparison) {
    const { builder } = comparison;
    const { prediction, target } = alike(comparison, 'r2');
    const shape = builder.shapeOf(target);
    const width = shape.length > 1 ? shape.at(-1)! : 1;
    const rows = size(shape) / width;
    const mask = maskFor(comparison, shape);
    const counted = builder.reshape(
      mask === undefined ? builder.map(constant(1), [], shape) : builder.map(input(0), [mask], shape),
      [rows, width],
    );
    const [y, x] = [target, prediction].map((tensor) => builder.reshape(tensor, [rows, width])) as [TensorId, TensorId];
    const sum = (of: TensorId): TensorId =>
      builder.reduce('sum', builder.map(call('select', input(1), input(0), constant(0)), [of, counted]), [0]);
    const square = (of: TensorId): TensorId => builder.map(call('multiply', input(0), input(0)), [of]);
    const difference = (a: TensorId, b: TensorId): TensorId => builder.map(call('subtract', input(0), input(1)), [a, b]);
    const count = builder.reduce('sum', counted, [0]);
    const atLeastOne = call('maximum', input(1), constant(1));
    const centre = builder.map(call('divide', input(0), atLeastOne), [sum(y), count]);
    const distance = difference(y, centre);
    const flat = (tensor: TensorId): TensorId => builder.reshape(tensor, [width]);
    return {
      width: builder.map(constant(width), [], [1]),
      count: flat(count),
      centre: flat(centre),
      distance: flat(sum(distance)),
      squares: flat(sum(square(distance))),
      errors: flat(sum(square(difference(y, x)))),
    };
  },
  result(statistics) {
    const width = statistics.width![0]!;
    const values = Array.from({ length: width }, (_, place) => ofPlace(statistics, place, width));
    return values.reduce((a, b) => a + b) / width;
  },
});

/** Numbers of a relative variance below this are equal but for rounding to float32. */
const equal = 1e-15;

function ofPlace({ count, centre, distance, squares, errors }: Collected, place: number, width: number): number {
  const batches = Array.from({ length: count!.length / width }, (_, batch) => batch * width + place);
  const sum = (of: (batch: number) => number): number => batches.reduce((total, batch) => total + of(batch), 0);
  const records = sum((i) => count![i]!);
  const mean = sum((i) => count![i]! * centre![i]! + distance![i]!) / Math.max(1, records);
  // The squares of distances from a batch's own centre become those from the mean of all.
  const variance = sum((i) => {
    const shift = centre![i]! - mean;
    return squares![i]! + 2 * shift * distance![i]! + count![i]! * shift * shift;
  });
  const error = sum((i) => errors![i]!);
  if (variance > equal * records * mean * mean) return 1 - error / variance;
  return error === 0 ? 1 : 0;
}
