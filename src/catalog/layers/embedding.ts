import { z } from 'zod';
import { call, constant, input } from '../../ops/expression.js';
import { ShapeError, formatShape } from '../../shape.js';
import { initializer } from '../fields.js';
import { defineLayer } from '../layer.js';

/**
 * A learnt vector for each index (Bengio et al., 2003): whole numbers `[batch, time]` of `0 … input_dim - 1` to
 * `[batch, time, output_dim]`. With `mask_zero` index 0 is padding: layers after it do not count such steps.
 * Parameter: embeddings `[input_dim, output_dim]`. Its first values are Keras', uniform between -0.05 and 0.05; PyTorch's are
 * `{type: normal, std: 1}`.
 */
export const embedding = defineLayer({
  type: 'embedding',
  summary: 'A learnt vector for each index: whole numbers [batch, time] to [batch, time, output_dim].',
  options: z.object({
    input_dim: z.int().positive().describe('How many indices there are: the size of the vocabulary.'),
    output_dim: z.int().positive().describe('The length of a vector.'),
    mask_zero: z.boolean().default(false).describe('Whether index 0 is padding, which later layers are told.'),
    embeddings_initializer: initializer('uniform'),
  }),
  masking: 'use',
  build({ builder, parameter, masks, classes: [indices] }, [x], { input_dim, output_dim, mask_zero, embeddings_initializer }) {
    const shape = builder.shapeOf(x!);
    if (shape.length !== 2) throw new ShapeError(`embedding needs indices [batch, time], not ${formatShape(shape)}`);
    if (indices !== undefined && indices > input_dim) {
      throw new ShapeError(
        `input_dim: ${input_dim} is less than the ${indices} different indices of its input`,
        `set input_dim: ${indices}`,
      );
    }
    const fans = { fanIn: input_dim, fanOut: output_dim };
    const table = parameter('embeddings', [input_dim, output_dim], embeddings_initializer, fans);
    const isPadding = call('equal', input(0), constant(0));
    const mask = mask_zero ? builder.map(call('subtract', constant(1), isPadding), [x!]) : masks[0];
    return { output: builder.gather(table, x!), mask };
  },
});
