import { z } from 'zod';
import { type NoiseRecordings, readNoise } from '../../data/sound/noise.js';
import { defineAugmentation } from '../augmentation.js';
import { range } from '../pictures.js';
import { soundShape } from '../sounds.js';

/**
 * Mixes a stretch of a recording into sounds `[samples]` or `[samples, channels]`, all channels alike, so much that the sound is louder by a
 * ratio in decibels drawn uniformly: `x + n sqrt(mean(x^2) / (mean(n^2) 10^(snr / 10)))`. Recording and start of the stretch are drawn
 * uniformly; one that is shorter than the sound starts anew at its end. Silence stays silent, and a silent stretch changes nothing.
 * Recordings are WAV files, brought to the sample rate of the sounds where that is known.
 */
export const backgroundNoise = defineAugmentation({
  type: 'background_noise',
  summary: 'Mixes a random stretch of a recording into sounds, with a given ratio of signal to noise.',
  changes: ['number'],
  options: z.object({
    path: z
      .string()
      .min(1)
      .describe('WAV files of noise, from the folder of the config, or npm:<package>/<file>; `*` takes several.'),
    snr: range(z.number().min(-100).max(100)).default([5, 20]).describe('The least and the largest ratio, in decibels.'),
  }),
  load({ path }, field, folder) {
    const { recordings, provenance } = readNoise(path, folder, field.kind === 'number' ? field.sampleRate : undefined);
    return { value: recordings, provenance };
  },
  create({ snr }, field, loaded) {
    const { samples: length, channels } = soundShape('background_noise', field);
    const { samples, starts } = (loaded ?? { samples: new Float32Array(), starts: [0] }) as NoiseRecordings;
    return (values, random) => {
      const file = random.below(starts.length - 1);
      const [from, until] = [starts[file]!, starts[file + 1]!];
      const whole = until - from;
      const first = random.below(whole > length ? whole - length + 1 : whole);
      const ratio = 10 ** (random.between(...snr) / 10);
      const noiseAt = (n: number): number => samples[from + ((first + n) % whole)]!;
      let [noise, power] = [0, 0];
      for (let n = 0; n < length; n++) noise += noiseAt(n) ** 2;
      for (let i = 0; i < values.length; i++) power += values[i]! ** 2;
      if (noise === 0) return;
      const factor = Math.sqrt(power / channels / (noise * ratio));
      for (let i = 0; i < values.length; i++) values[i] = values[i]! + factor * noiseAt(Math.floor(i / channels));
    };
  },
});
