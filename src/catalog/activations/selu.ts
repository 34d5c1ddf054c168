import { z } from 'zod';
import { input } from '../../ops/expression.js';
import { defineActivation } from '../activation.js';
import { exponentialLinear } from './elu.js';

/** With these, mean 0 and variance 1 are a fixed point of layers with `lecun_normal` weights. */
const [alpha, scale] = [1.6732632423543772, 1.0507009873554805];

/** `scale * elu(x)` with the alpha and scale that keep activations normalised. Klambauer et al., 2017. */
export const selu = defineActivation({
  type: 'selu',
  summary: 'Scaled elu that keeps mean 0 and variance 1; its weights want lecun_normal.',
  options: z.object({}),
  apply: (builder, x) => builder.map(exponentialLinear(input(0), alpha, scale), [x]),
});
