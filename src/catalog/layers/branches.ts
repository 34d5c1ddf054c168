import { z } from 'zod';
import { formatBatched } from '../../shape.js';
import { type LayerSpec, defineContainer } from '../layer.js';

const merges = ['concatenate', 'add', 'multiply', 'average', 'maximum'] as const;

/**
 * Lists of layers side by side, all reading the same, and a layer that merges what they give: the modules of Inception (Szegedy et
 * al., Going deeper with convolutions, 2014).
 */
export const branches = (layer: z.ZodType<LayerSpec>) =>
  defineContainer({
    type: 'branches',
    summary: 'Lists of layers side by side, whose outputs are merged.',
    options: z
      .object({
        branches: z
          .array(z.array(layer))
          .min(2)
          .describe('The lists; `input` is what the branches read. An empty one passes it on.'),
        merge: z.enum(merges).default('concatenate').describe('The layer that makes one output of theirs.'),
        axis: z
          .int()
          .refine((axis) => axis !== 0, 'must not be 0, which is the batch')
          .optional()
          .describe(
            'The axis along which `concatenate` joins them: 1 is the first after the batch, -1 the last; by default the last.',
          ),
      })
      .refine(({ merge, axis }) => axis === undefined || merge === 'concatenate', {
        path: ['axis'],
        message: 'is of merge: concatenate only',
      }),
    expand({ branches: lists, merge, axis }, { inputs: [input], sequence, layer }) {
      const outputs = lists.map((layers, i) => sequence({ path: ['branches', i], layers, part: String(i) }, input!));
      return layer({ type: merge, ...(axis === undefined ? {} : { axis }) }, outputs, (shapes, reason) => ({
        message: `its branches give ${shapes.map(formatBatched).join(' and ')}: ${reason}`,
        hint:
          merge === 'concatenate'
            ? 'let them keep height and width: padding: same in convolutions and pooling, and strides: 1 in pooling'
            : 'only equal shapes can be merged so',
      }));
    },
  });
