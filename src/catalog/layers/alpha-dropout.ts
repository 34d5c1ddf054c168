import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import { defineLayer } from '../layer.js';

/** What selu tends to for large negative numbers: -alpha * scale of Klambauer et al. */
const saturation = -1.7580993408473766;

/**
 * Dropout for networks of selu (Klambauer et al., Self-Normalizing Neural Networks, 2017): in training a dropped element becomes
 * what selu tends to on its left, and all are scaled and shifted so that mean 0 and variance 1 stay what they are; in evaluation
 * everything passes. The mask is a function of (seed, layer, step, element).
 */
export const alphaDropout = defineLayer({
  type: 'alpha_dropout',
  summary: 'Dropout that keeps mean 0 and variance 1, for networks of selu.',
  options: z.object({ rate: z.number().min(0).lt(1).describe('The part that is dropped.') }),
  masking: 'keep',
  build({ builder, name, training }, [x], { rate }) {
    if (!training || rate === 0) return x!;
    const scale = ((1 - rate) * (1 + rate * saturation ** 2)) ** -0.5;
    const shift = -scale * saturation * rate;
    const kept = call('select', call('greater_equal', input(1), constant(rate)), input(0), constant(saturation));
    const uniform = builder.randomUniform(name, builder.shapeOf(x!));
    return builder.map(call('add', call('multiply', kept, constant(scale)), constant(shift)), [x!, uniform]);
  },
});
