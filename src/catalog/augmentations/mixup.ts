import { z } from 'zod';
import { mixByShare } from '../../data/mixing.js';
import { defineMixing } from '../augmentation.js';
import { alphaOption, drawBeta } from '../beta.js';

/**
 * Mixes each record with another of its batch, `s x + (1 - s) x'`, and its target likewise (Zhang et al., 2017), with a share s of each
 * record's own from the distribution Beta(alpha, alpha). Training metrics count the class with the larger share.
 */
export const mixup = defineMixing({
  type: 'mixup',
  summary:
    'Mixes records of a batch in pairs, and their targets; classes become probabilities. Training metrics count the likelier class.',
  changes: ['number'],
  afterTransforms: true,
  options: z.object({
    alpha: alphaOption(0.2),
  }),
  mix:
    ({ alpha }) =>
    (values, other, random) => {
      const share = drawBeta(alpha, random);
      mixByShare(values, other, share);
      return share;
    },
});
