import { z } from 'zod';
import { frameTransform, framesOf, framing } from '../sound.js';
import { defineTransform } from '../transform.js';

const options = z.object({
  ...framing,
  power: z
    .union([z.literal(1), z.literal(2)])
    .default(2)
    .describe('1: magnitudes; 2: their squares.'),
  log_floor: z.number().positive().optional().describe('With it values become `ln(value + log_floor)`.'),
});

/**
 * How strong each frequency is at each time: `|X_k|^power` of the Fourier transform of frames under a Hann window. Sounds `[samples]` become
 * `[frames, fft_size / 2 + 1, 1]`; frames are `1 + floor(samples / hop_size)` where they are centred.
 */
export const spectrogram = defineTransform({
  type: 'spectrogram',
  summary: 'Sounds as pictures: the strength of each frequency over time, [frames, frequencies, 1].',
  options,
  isWork: true,
  outputShape: (given, inputShape) => [framesOf('spectrogram', given, inputShape).frames, given.fft_size / 2 + 1, 1],
  create(given, inputShape) {
    const frequencies = given.fft_size / 2 + 1;
    const { power: exponent, log_floor: floor } = given;
    return frameTransform('spectrogram', given, inputShape, frequencies, (power, to, at) => {
      for (let k = 0; k < frequencies; k++) {
        const value = exponent === 2 ? power[k]! : Math.sqrt(power[k]!);
        to[at + k] = floor === undefined ? value : Math.log(value + floor);
      }
    });
  },
});
