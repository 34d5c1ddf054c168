import { z } from 'zod';
import { call, input } from '../../ops/expression.js';
import { ShapeError, formatShape } from '../../shape.js';
import { initializers } from '../initializers/index.js';
import { defineLayer } from '../layer.js';
import { sinusoids } from '../positions.js';

const encodings = ['sinusoidal', 'learned'] as const;

/**
 * Adds to each step of `[batch, time, width]` what stands for its place: sines and cosines of wavelengths from 2 pi to 20000 pi
 * (Vaswani et al., Attention is all you need, 2017, section 3.5), or a row of a table that is learnt.
 * Parameter, where learned: embeddings `[max_length, width]`.
 */
export const positionalEncoding = defineLayer({
  type: 'positional_encoding',
  summary: 'Adds to each step of a sequence what stands for its place.',
  options: z.object({
    encoding: z
      .enum(encodings)
      .default('sinusoidal')
      .describe('sinusoidal: sines and cosines; learned: a table that is trained.'),
    max_length: z
      .int()
      .positive()
      .optional()
      .describe('The most steps a sequence may have; by default as many as the input has.'),
    embeddings_initializer: initializers
      .schemaOrName()
      .prefault({ type: 'normal', std: 0.02 })
      .describe("How the table's first values are drawn, where learned."),
  }),
  masking: 'keep',
  build({ builder, constant, parameter }, [x], { encoding, embeddings_initializer, ...options }) {
    const shape = builder.shapeOf(x!);
    if (shape.length !== 3) throw new ShapeError(`positional_encoding needs [batch, time, width], not ${formatShape(shape)}`);
    const [, time, width] = shape as [number, number, number];
    const { max_length = time } = options;
    if (time > max_length) throw new ShapeError(`its sequences have ${time} steps, but max_length: ${max_length} is the most`);
    const table =
      encoding === 'sinusoidal'
        ? constant('sinusoids', [time, width], () => sinusoids(time, width))
        : parameter('embeddings', [max_length, width], embeddings_initializer, { fanIn: max_length, fanOut: width });
    return builder.map(call('add', input(0), input(1)), [x!, builder.slice(table, 0, 0, time)]);
  },
});
