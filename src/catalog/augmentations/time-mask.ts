import { z } from 'zod';
import { defineAugmentation } from '../augmentation.js';
import { maskOptions, spectrogramMask } from '../spectrogram-mask.js';

/** Hides stretches of time of spectrograms `[frames, bands]` or `[frames, bands, 1]`, after the transforms (SpecAugment, Park et al., 2019). */
export const timeMask = defineAugmentation({
  type: 'time_mask',
  summary: 'Hides stretches of time of spectrograms, after the transforms.',
  changes: ['number'],
  afterTransforms: true,
  options: z.object(maskOptions),
  create: (options, field) => spectrogramMask('time_mask', 'frames', field, options),
});
