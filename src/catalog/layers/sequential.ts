import { z } from 'zod';
import { type LayerSpec, defineContainer } from '../layer.js';

/** Layers one after the other, as one: with names of their own, and a name for all of them. */
export const sequential = (layer: z.ZodType<LayerSpec>) =>
  defineContainer({
    type: 'sequential',
    summary: 'A list of layers as one layer.',
    options: z.object({ layers: z.array(layer).min(1).describe('The layers; `input` is what the sequential reads.') }),
    expand: ({ layers }, { inputs: [input], sequence }) => sequence({ path: ['layers'], layers }, input!),
  });
