import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import { defineLayer } from '../layer.js';
import { merge } from '../merge.js';

/** The mean, element by element, of inputs of one shape. */
export const average = defineLayer({
  type: 'average',
  summary: 'The mean, element by element, of two or more inputs of one shape.',
  options: z.object({}),
  inputs: { atLeast: 2 },
  masking: 'keep',
  build(context, inputs) {
    const sum = merge('average', 'add', context, inputs);
    return context.builder.map(call('multiply', input(0), constant(1 / inputs.length)), [sum]);
  },
});
