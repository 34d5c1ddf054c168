import { z } from 'zod';
import { defineAugmentation } from '../augmentation.js';
import { range } from '../pictures.js';
import { soundShape } from '../sounds.js';

/**
 * Adds white noise to sounds `[samples]` or `[samples, channels]`, so much that the sound is louder by a ratio in decibels drawn uniformly:
 * `x + n sqrt(mean(x^2) / 10^(snr / 10))` with normal numbers n. Silence stays silent.
 */
export const addNoise = defineAugmentation({
  type: 'add_noise',
  summary: 'Adds white noise to sounds, with a given ratio of signal to noise.',
  changes: ['number'],
  options: z.object({
    snr: range(z.number().min(-100).max(100)).default([10, 30]).describe('The least and the largest ratio, in decibels.'),
  }),
  create({ snr }, field) {
    soundShape('add_noise', field);
    return (values, random) => {
      const power = values.reduce((sum, value) => sum + value * value, 0) / values.length;
      const deviation = Math.sqrt(power / 10 ** (random.between(...snr) / 10));
      for (let i = 0; i < values.length; i++) values[i] = values[i]! + deviation * random.normal();
    };
  },
});
