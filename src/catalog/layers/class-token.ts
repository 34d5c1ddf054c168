import { z } from 'zod';
import { constant, input } from '../../ops/expression.js';
import { ShapeError, formatShape } from '../../shape.js';
import { initializers } from '../initializers/index.js';
import { defineLayer } from '../layer.js';

/**
 * Puts a step that is learnt before each sequence: `[batch, time, width]` to `[batch, 1 + time, width]`. Layers of attention gather in
 * it what the whole sequence says (Devlin et al., BERT, 2019; Dosovitskiy et al., 2021). Parameter: token `[width]`.
 */
export const classToken = defineLayer({
  type: 'class_token',
  summary: 'Puts a step that is learnt before each sequence.',
  options: z.object({
    token_initializer: initializers
      .schemaOrName()
      .prefault({ type: 'normal', std: 0.02 })
      .describe('How its first values are drawn.'),
  }),
  masking: 'use',
  build({ builder, parameter, masks }, [x], { token_initializer }) {
    const shape = builder.shapeOf(x!);
    if (shape.length !== 3) throw new ShapeError(`class_token needs [batch, time, width], not ${formatShape(shape)}`);
    const [batch, , width] = shape as [number, number, number];
    const token = parameter('token', [width], token_initializer, { fanIn: width, fanOut: width });
    const first = builder.map(input(0), [token], [batch, 1, width]);
    const mask = masks[0] && builder.concatenate([builder.map(constant(1), [], [batch, 1]), masks[0]], 1);
    return { output: builder.concatenate([first, x!], 1), mask };
  },
});
