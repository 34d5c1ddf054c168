import { z } from 'zod';
import { activations } from '../activations/index.js';
import { defineLayer } from '../layer.js';

/** An activation as a layer of its own. */
export const activation = defineLayer({
  type: 'activation',
  summary: 'An activation as a layer of its own.',
  options: z.object({ function: activations.schemaOrName().describe('Which activation.') }),
  masking: 'keep',
  build: ({ activate }, [x], options) => activate(options.function, x!),
});
