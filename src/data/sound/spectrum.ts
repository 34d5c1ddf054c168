import { FourierTransform } from './fourier.js';

/** How a sound is cut into frames, in samples. */
export interface Framing {
  /** Of the Fourier transform, a power of two. */
  readonly fftSize: number;
  /** Samples that a frame looks at, at most `fftSize`: more is filled up with zeros on both sides. */
  readonly windowSize: number;
  /** From one frame to the next. */
  readonly hopSize: number;
  /** Whether frame t has sample `t · hopSize` in its middle; the sound is then mirrored at both ends. Else it starts there. */
  readonly center: boolean;
}

export function frameCount(samples: number, { fftSize, hopSize, center }: Framing): number {
  return 1 + Math.floor((center ? samples : samples - fftSize) / hopSize);
}

/** Makes the power spectra of a sound's frames: windowed (Hann, periodic), transformed, squared. */
export function spectra(samples: number, framing: Framing) {
  const { fftSize, windowSize, hopSize, center } = framing;
  const frames = frameCount(samples, framing);
  const fourier = new FourierTransform(fftSize);
  const window = Float64Array.from({ length: windowSize }, (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / windowSize));
  const before = Math.floor((fftSize - windowSize) / 2);
  const first = center ? -fftSize / 2 : 0;
  const signal = new Float64Array(fftSize);
  const power = new Float64Array(fftSize / 2 + 1);
  const last = samples - 1;

  /** @param each told of every frame and its spectrum, `[fftSize / 2 + 1]`, which is overwritten by the next */
  return (sound: Float32Array, each: (power: Float64Array, frame: number) => void): void => {
    for (let frame = 0; frame < frames; frame++) {
      const start = frame * hopSize + first + before;
      const isInside = start >= 0 && start + windowSize <= samples;
      for (let n = 0; n < windowSize; n++) {
        let at = start + n;
        if (!isInside) at = at < 0 ? -at : at > last ? 2 * last - at : at;
        signal[before + n] = sound[at]! * window[n]!;
      }
      fourier.power(signal, power);
      each(power, frame);
    }
  };
}

/** Frequencies as they are heard: `2595 log10(1 + f / 700)` (O'Shaughnessy, 1987). */
const melOf = (frequency: number): number => 2595 * Math.log10(1 + frequency / 700);
const frequencyOf = (mel: number): number => 700 * (10 ** (mel / 2595) - 1);

/** What a band takes of a spectrum: weights of the frequencies from `first` on. */
export interface Band {
  readonly first: number;
  readonly weights: Float64Array;
  /** Hertz, where its triangle starts and ends. */
  readonly from: number;
  readonly to: number;
}

/** Triangles side by side on the mel scale, each with height 1 and from the middle of the one before to that of the next. */
export function melBands(
  bands: number,
  fftSize: number,
  { sampleRate, low, high }: { sampleRate: number; low: number; high: number },
): Band[] {
  const [lowest, highest] = [melOf(low), melOf(high)];
  const corners = Array.from({ length: bands + 2 }, (_, i) => frequencyOf(lowest + ((highest - lowest) * i) / (bands + 1)));
  return Array.from({ length: bands }, (_, band) => {
    const [from, middle, to] = [corners[band]!, corners[band + 1]!, corners[band + 2]!];
    const all = Float64Array.from({ length: fftSize / 2 + 1 }, (__, k) => {
      const frequency = (k * sampleRate) / fftSize;
      return Math.max(0, Math.min((frequency - from) / (middle - from), (to - frequency) / (to - middle)));
    });
    const first = Math.max(
      0,
      all.findIndex((weight) => weight > 0),
    );
    const end = all.findLastIndex((weight) => weight > 0) + 1;
    return { first, weights: all.slice(first, Math.max(first, end)), from, to };
  });
}

/**
 * The type II discrete cosine transform with unit rows: `c_k = s_k Σ_n x_n cos(πk(2n + 1) / 2N)`, where `s_0 = √(1/N)` and all others are
 * `√(2/N)`.
 * @returns `[coefficients, size]` row-major
 */
export function cosineTransform(coefficients: number, size: number): Float64Array {
  return Float64Array.from({ length: coefficients * size }, (_, i) => {
    const [k, n] = [Math.floor(i / size), i % size];
    return Math.sqrt((k === 0 ? 1 : 2) / size) * Math.cos((Math.PI * k * (2 * n + 1)) / (2 * size));
  });
}
