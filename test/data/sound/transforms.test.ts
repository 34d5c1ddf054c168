import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { transforms } from '../../../src/catalog/transforms/index.js';
import type { Field } from '../../../src/data/field.js';
import { FourierTransform } from '../../../src/data/sound/fourier.js';
import { melBands } from '../../../src/data/sound/spectrum.js';
import { userError } from '../idx-files.js';

interface SoundCase {
  transform: Record<string, unknown> & { type: string };
  sampleRate: number;
  input: number[];
  shape: number[];
  output: number[];
}

const { cases } = JSON.parse(readFileSync(new URL('../../fixtures/torch/sound.json', import.meta.url), 'utf8')) as {
  cases: SoundCase[];
};

function create(chosen: Record<string, unknown>, field: Field) {
  const options = transforms.schema().parse(chosen);
  const definition = transforms.get(options.type);
  return {
    shape: definition.outputShape!(options, field.shape),
    transform: definition.create(options, field.shape, undefined, field),
  };
}

const soundOf = (samples: number, sampleRate?: number): Field => ({
  kind: 'number',
  shape: [samples],
  ...(sampleRate === undefined ? {} : { sampleRate }),
});

const largestDifference = (found: ArrayLike<number>, expected: readonly number[]): number =>
  expected.reduce((most, value, i) => Math.max(most, Math.abs(found[i]! - value)), 0);

describe('transforms of sound', () => {
  for (const { transform: chosen, sampleRate, input, shape, output } of cases) {
    const { type, ...options } = chosen;
    it(`${type} ${JSON.stringify(options)} is what torch, librosa and SciPy make`, () => {
      const made = create(chosen, soundOf(input.length, sampleRate));
      expect(made.shape).toEqual(shape);
      const found = made.transform(Float32Array.from(input)) as Float32Array;
      expect(found.length).toBe(output.length);
      const scale = Math.max(...output.map(Math.abs));
      expect(largestDifference(found, output) / scale).toBeLessThan(3e-7);
    });
  }

  it('change every record of a batch by itself, and batches of other sizes', () => {
    const { transform: chosen, sampleRate, input, output } = cases[3]!;
    const { transform } = create(chosen, soundOf(input.length, sampleRate));
    const silence = new Array<number>(input.length).fill(0);
    const three = transform(Float32Array.from([...input, ...silence, ...input])) as Float32Array;
    expect(three.length).toBe(3 * output.length);
    const [first, second, third] = [0, 1, 2].map((i) => [...three.subarray(i * output.length, (i + 1) * output.length)]);
    expect(third).toEqual(first);
    expect(new Set(second)).toEqual(new Set([Math.fround(Math.log(1e-6))]));
    const one = transform(Float32Array.from(input)) as Float32Array;
    expect([...one]).toEqual(first);
  });

  it('refuse what is no sound, or does not fit', async () => {
    const message = async (chosen: Record<string, unknown>, field: Field) =>
      (await userError(() => create(chosen, field))).message;
    const picture: Field = { kind: 'number', shape: [28, 28, 1] };
    expect(await message({ type: 'spectrogram' }, picture)).toBe(
      'spectrogram changes sounds [samples], but records are [28, 28, 1]',
    );
    expect(await message({ type: 'spectrogram' }, soundOf(256))).toBe(
      'spectrogram: records have 256 samples, and fft_size 512 needs at least 257',
    );
    expect(await message({ type: 'spectrogram', fft_size: 64, window_size: 65 }, soundOf(256))).toBe(
      'spectrogram: window_size is 65, and fft_size 64',
    );
    expect(await message({ type: 'mfcc' }, soundOf(8000))).toBe(
      'mfcc: the data set does not say how many samples there are in a second',
    );
    expect(await message({ type: 'mfcc', sample_rate: 8000 }, soundOf(8000, 16000))).toBe(
      'mfcc: sample_rate is 8000, but the data set has 16000 samples in a second',
    );
    expect(await message({ type: 'log_mel_spectrogram', high_frequency: 5000 }, soundOf(8000, 8000))).toBe(
      'log_mel_spectrogram: there is no band from 0 to 5000 hertz at 8000 samples in a second',
    );
    expect(await message({ type: 'log_mel_spectrogram', bands: 128, fft_size: 128 }, soundOf(8000, 8000))).toMatch(
      /^log_mel_spectrogram: band 0, from 0 to \d+ hertz, has no frequency of a transform of 128 samples$/,
    );
    expect(() => transforms.schema().parse({ type: 'spectrogram', fft_size: 500 })).toThrow('must be a power of two');
    expect(() => transforms.schema().parse({ type: 'mfcc', bands: 12 })).toThrow('must be at most as many as bands');
  });
});

describe('the Fourier transform', () => {
  it('is the sum that defines it, for every size', () => {
    for (const size of [4, 8, 16, 128]) {
      const signal = Float64Array.from({ length: size }, (_, n) => Math.sin(n * n + size) + 0.3);
      const found = new Float64Array(size / 2 + 1);
      new FourierTransform(size).power(signal, found);
      for (let k = 0; k <= size / 2; k++) {
        let [real, imaginary] = [0, 0];
        for (let n = 0; n < size; n++) {
          real += signal[n]! * Math.cos((2 * Math.PI * k * n) / size);
          imaginary -= signal[n]! * Math.sin((2 * Math.PI * k * n) / size);
        }
        expect(found[k]).toBeCloseTo(real ** 2 + imaginary ** 2, 9);
      }
    }
  });

  it('is for powers of two', () => {
    expect(() => new FourierTransform(12)).toThrow(RangeError);
  });
});

it('bands of the mel scale overlap by half: between two middles their weights add up to 1', () => {
  const bands = melBands(20, 1024, { sampleRate: 16000, low: 100, high: 8000 });
  const total = new Float64Array(513);
  for (const { first, weights } of bands) weights.forEach((weight, i) => (total[first + i] = total[first + i]! + weight));
  const middles = bands.map(({ to }) => to);
  for (let k = 0; k <= 512; k++) {
    const frequency = (k * 16000) / 1024;
    if (frequency > bands[1]!.from && frequency < middles.at(-2)!) expect(total[k]).toBeCloseTo(1, 9);
  }
});
