import { z } from 'zod';
import type { BatchTransform } from '../data/byte-table.js';
import type { Field } from '../data/field.js';
import { type Band, type Framing, frameCount, melBands, spectra } from '../data/sound/spectrum.js';
import { UserError } from '../errors.js';

/** How sounds are cut into frames. */
export const framing = {
  fft_size: z
    .int()
    .min(16)
    .max(65536)
    .refine((size) => (size & (size - 1)) === 0, 'must be a power of two')
    .default(512)
    .describe('Samples of the Fourier transform, a power of two.'),
  window_size: z
    .int()
    .positive()
    .optional()
    .describe('Samples that a frame looks at (Hann), at most fft_size, which is the default.'),
  hop_size: z.int().positive().optional().describe('Samples from one frame to the next; by default half of window_size.'),
  center: z
    .boolean()
    .default(true)
    .describe('Whether frames lie about their place, the sound mirrored at its ends; else they start there.'),
};

/** Which frequencies there are, how many bands they become, and how loudness is counted. */
export const bands = {
  bands: z.int().positive().max(1024).default(64).describe('Bands of the mel scale.'),
  low_frequency: z.number().nonnegative().default(0).describe('Where the first band starts, in hertz.'),
  high_frequency: z
    .number()
    .positive()
    .optional()
    .describe('Where the last band ends, in hertz; by default half the sample rate.'),
  log_floor: z.number().positive().default(1e-6).describe('Added to the power of each band before its logarithm is taken.'),
  sample_rate: z
    .number()
    .positive()
    .optional()
    .describe('Samples in a second. By default what the data set says; only for one that does not.'),
};

type FramingOptions = z.output<z.ZodObject<typeof framing>>;
export type BandOptions = FramingOptions & z.output<z.ZodObject<typeof bands>>;

const refused = (message: string, hint: string): UserError => new UserError(message, { hint, exit: 'usage' });

/** The samples of a sound and how it is cut. Throws a `UserError` if records are no sound or too short. */
export function framesOf(
  type: string,
  options: FramingOptions,
  inputShape: readonly number[],
): { samples: number; frames: number; framing: Framing } {
  const [samples] = inputShape;
  if (samples === undefined || inputShape.length !== 1) {
    throw refused(
      `${type} changes sounds [samples], but records are [${inputShape.join(', ')}]`,
      'put it first; only one transform can make frames',
    );
  }
  const { fft_size: fftSize, window_size: windowSize = fftSize, center } = options;
  if (windowSize > fftSize) {
    throw refused(`${type}: window_size is ${windowSize}, and fft_size ${fftSize}`, 'window_size is at most fft_size');
  }
  const chosen = { fftSize, windowSize, hopSize: options.hop_size ?? Math.ceil(windowSize / 2), center };
  const needed = center ? fftSize / 2 + 1 : fftSize;
  if (samples < needed) {
    throw refused(
      `${type}: records have ${samples} samples, and fft_size ${fftSize} needs at least ${needed}`,
      'take a smaller fft_size or a longer duration',
    );
  }
  return { samples, frames: frameCount(samples, chosen), framing: chosen };
}

/** Gives every frame's spectrum to `write`, with room for what becomes of it. */
export function frameTransform(
  type: string,
  options: FramingOptions,
  inputShape: readonly number[],
  width: number,
  write: (power: Float64Array, to: Float32Array, at: number) => void,
): BatchTransform {
  const { samples, frames, framing: chosen } = framesOf(type, options, inputShape);
  const spectraOf = spectra(samples, chosen);
  let room = new Float32Array(0);
  return (values) => {
    const records = values.length / samples;
    const size = records * frames * width;
    if (room.length < size) room = new Float32Array(size);
    for (let record = 0; record < records; record++) {
      spectraOf(values.subarray(record * samples, (record + 1) * samples), (power, frame) =>
        write(power, room, (record * frames + frame) * width),
      );
    }
    return room.subarray(0, size);
  };
}

/** Makes `ln(power + log_floor)` of each band of a spectrum. Throws a `UserError` if a band has no frequency of the spectrum. */
export function logBands(type: string, options: BandOptions, field: Field | undefined) {
  const said = field?.kind === 'number' ? field.sampleRate : undefined;
  const { sample_rate: own, fft_size, log_floor: floor } = options;
  const sampleRate = own ?? said;
  if (sampleRate === undefined) {
    throw refused(`${type}: the data set does not say how many samples there are in a second`, 'set sample_rate');
  }
  if (own !== undefined && said !== undefined && own !== said) {
    throw refused(`${type}: sample_rate is ${own}, but the data set has ${said} samples in a second`, 'leave it out');
  }
  const { low_frequency: low, high_frequency: high = sampleRate / 2 } = options;
  if (high > sampleRate / 2 || low >= high) {
    throw refused(
      `${type}: there is no band from ${low} to ${high} hertz at ${sampleRate} samples in a second`,
      `low_frequency must be below high_frequency, which is at most ${sampleRate / 2}`,
    );
  }
  const all: readonly Band[] = melBands(options.bands, fft_size, { sampleRate, low, high });
  const empty = all.findIndex(({ weights }) => weights.length === 0);
  if (empty >= 0) {
    const { from, to } = all[empty]!;
    throw refused(
      `${type}: band ${empty}, from ${Math.round(from)} to ${Math.round(to)} hertz, has no frequency of a transform of ${fft_size} samples`,
      'take fewer bands, a larger fft_size or a higher low_frequency',
    );
  }
  return (power: Float64Array, to: { [place: number]: number }, at: number): void => {
    for (let band = 0; band < all.length; band++) {
      const { first, weights } = all[band]!;
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i]! * power[first + i]!;
      to[at + band] = Math.log(sum + floor);
    }
  };
}
