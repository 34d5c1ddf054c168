import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import { ShapeError, formatShape } from '../../shape.js';
import { initializers } from '../initializers/index.js';
import { defineLayer } from '../layer.js';

/**
 * `x` where x > 0, else `slope * x`, with slopes that are learnt. He et al., 2015. The shape `[batch, ..., channels]` stays.
 * Parameter: slope `[channels]`, or `[1]` where it is shared.
 */
export const prelu = defineLayer({
  type: 'prelu',
  summary: 'Leaky relu whose slope left of 0 is learnt, one for each channel (the last axis).',
  options: z.object({
    shared: z.boolean().default(false).describe('Whether all channels have one slope.'),
    slope_initializer: initializers
      .schemaOrName()
      .prefault({ type: 'constant', value: 0.25 })
      .describe('How the first slopes are drawn.'),
  }),
  masking: 'keep',
  build({ builder, parameter }, [x], { shared, slope_initializer }) {
    const shape = builder.shapeOf(x!);
    if (shape.length < 2) throw new ShapeError(`prelu needs [batch, ..., channels], not ${formatShape(shape)}`);
    const slope = parameter('slope', [shared ? 1 : shape.at(-1)!], slope_initializer, { fanIn: 1, fanOut: 1 });
    const factor = call('select', call('greater', input(0), constant(0)), constant(1), input(1));
    return builder.map(call('multiply', input(0), factor), [x!, slope]);
  },
});
