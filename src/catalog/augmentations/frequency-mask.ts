import { z } from 'zod';
import { defineAugmentation } from '../augmentation.js';
import { maskOptions, spectrogramMask } from '../spectrogram-mask.js';

/** Hides neighbouring bands of spectrograms `[frames, bands]` or `[frames, bands, 1]`, after the transforms (SpecAugment, Park et al., 2019). */
export const frequencyMask = defineAugmentation({
  type: 'frequency_mask',
  summary: 'Hides bands of frequencies of spectrograms, after the transforms.',
  changes: ['number'],
  afterTransforms: true,
  options: z.object(maskOptions),
  create: (options, field) => spectrogramMask('frequency_mask', 'bands', field, options),
});
