import { z } from 'zod';
import { type LayerSpec, defineContainer } from '../layer.js';

/** `times` copies of a list, each reading the one before it: `repeat_1.0.dense_1`, `repeat_1.1.dense_1`. */
export const repeat = (layer: z.ZodType<LayerSpec>) =>
  defineContainer({
    type: 'repeat',
    summary: 'A list of layers several times, one after the other.',
    options: z.object({
      times: z.int().positive().describe('How often.'),
      layers: z.array(layer).min(1).describe('The layers of one time; `input` is what that time reads.'),
      share_weights: z.boolean().default(false).describe('Whether all times use the weights of the first.'),
    }),
    expand({ times, layers, share_weights }, { inputs: [input], sequence }) {
      let output = input!;
      for (let time = 0; time < times; time++) {
        const sharing = share_weights && time > 0 ? { sharing: { part: '0', path: ['share_weights'] } } : {};
        output = sequence({ path: ['layers'], layers, part: String(time), ...sharing }, output);
      }
      return output;
    },
  });
