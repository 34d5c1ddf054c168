import { z } from 'zod';
import { cosineTransform } from '../../data/sound/spectrum.js';
import { bands, frameTransform, framesOf, framing, logBands } from '../sound.js';
import { defineTransform } from '../transform.js';

/**
 * Mel-frequency cepstral coefficients (Davis and Mermelstein, 1980): the first `coefficients` of the cosine transform (type II, unit rows)
 * of what `log_mel_spectrogram` makes. Sounds `[samples]` become `[frames, coefficients, 1]`.
 */
export const mfcc = defineTransform({
  type: 'mfcc',
  summary: 'Sounds as mel-frequency cepstral coefficients over time, [frames, coefficients, 1].',
  options: z
    .object({
      ...framing,
      ...bands,
      coefficients: z.int().positive().default(13).describe('The first so many, at most as many as bands.'),
    })
    .refine(({ coefficients, bands: most }) => coefficients <= most, {
      path: ['coefficients'],
      message: 'must be at most as many as bands',
    }),
  isWork: true,
  outputShape: (given, inputShape) => [framesOf('mfcc', given, inputShape).frames, given.coefficients, 1],
  create(given, inputShape, _fitted, field) {
    const { bands: count, coefficients } = given;
    const rows = cosineTransform(coefficients, count);
    const loudness = new Float64Array(count);
    const bandsOf = logBands('mfcc', given, field);
    return frameTransform('mfcc', given, inputShape, coefficients, (power, to, at) => {
      bandsOf(power, loudness, 0);
      for (let k = 0; k < coefficients; k++) {
        let sum = 0;
        for (let n = 0; n < count; n++) sum += rows[k * count + n]! * loudness[n]!;
        to[at + k] = sum;
      }
    });
  },
});
