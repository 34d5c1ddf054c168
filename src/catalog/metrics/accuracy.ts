import { z } from 'zod';
import { axisIndex, call, constant, input } from '../../ops/expression.js';
import { ShapeError, formatShape } from '../../shape.js';
import { defineMetric } from '../metric.js';

/**
 * The share of samples whose largest logit (the first of equal ones) is the target's. Prediction `[batch, classes]`, target
 * `[batch]`.
 */
export const accuracy = defineMetric({
  type: 'accuracy',
  summary: 'The share of samples whose largest logit is the target class.',
  options: z.object({}),
  larger: 'better',
  build({ builder, prediction, target }) {
    const shape = builder.shapeOf(prediction);
    if (shape.length !== 2) throw new ShapeError(`accuracy needs logits [batch, classes], not ${formatShape(shape)}`);
    const [batch, classes] = shape as [number, number];
    const largest = builder.reduce('maximum', prediction, [1]);
    // The first largest is found as the maximum of -index, so that equal logits do not all count as right.
    const candidate = call('select', call('equal', input(0), input(1)), call('negate', axisIndex(1)), constant(-classes));
    const first = builder.reduce('maximum', builder.map(candidate, [prediction, largest]), [1]);
    const right = builder.map(call('equal', call('negate', input(0)), input(1)), [first, builder.reshape(target, [batch, 1])]);
    return builder.mean(right);
  },
});
