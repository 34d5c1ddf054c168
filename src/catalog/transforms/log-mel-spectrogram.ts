import { z } from 'zod';
import { bands, frameTransform, framesOf, framing, logBands } from '../sound.js';
import { defineTransform } from '../transform.js';

/**
 * `ln(Σ_k w_bk |X_k|² + log_floor)`: the power spectrum of each frame summed in triangles `w_b` of equal width on the mel scale (Davis and
 * Mermelstein, 1980; `2595 log10(1 + f / 700)`). Sounds `[samples]` become `[frames, bands, 1]`.
 */
export const logMelSpectrogram = defineTransform({
  type: 'log_mel_spectrogram',
  summary: 'Sounds as pictures: how loud each band of the mel scale is over time, [frames, bands, 1].',
  options: z.object({ ...framing, ...bands }),
  isWork: true,
  outputShape: (given, inputShape) => [framesOf('log_mel_spectrogram', given, inputShape).frames, given.bands, 1],
  create: (given, inputShape, _fitted, field) =>
    frameTransform('log_mel_spectrogram', given, inputShape, given.bands, logBands('log_mel_spectrogram', given, field)),
});
