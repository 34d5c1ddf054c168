/** Zero crossings of the filter on either side, and the part of the lower rate's band that it keeps. */
const crossings = 6;
const kept = 0.99;

const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b));

/** What output sample `new · m + phase` takes: weights of the input samples from `old · m + first` on. */
interface Phase {
  readonly first: number;
  readonly weights: Float64Array;
}

/**
 * Brings a sound to another sample rate: `y_j = b Σ_i x_i sinc(πt) cos²(πt / 2c)` with `t = b · (i - j · old / new)` for `|t| < c = 6`,
 * where `b = 0.99 · min(1, new / old)` keeps what the new rate cannot hold out of it (Smith, "Digital Audio Resampling", 1984; the window of
 * torchaudio's). Beyond its ends the sound is 0.
 * @param count output samples to make, at most `ceil(length · new / old)`, which is the default
 */
export function resample(
  sound: Float32Array,
  from: number,
  to: number,
  count = resampledLength(sound.length, from, to),
): Float32Array {
  if (from === to) return sound.subarray(0, count);
  const [old, next] = [from / commonDivisor(from, to), to / commonDivisor(from, to)];
  const phases = phasesOf(old, next);
  const result = new Float32Array(count);
  for (let j = 0; j < count; j++) {
    const { first, weights } = phases[j % next]!;
    const start = Math.floor(j / next) * old + first;
    const end = Math.min(weights.length, sound.length - start);
    let sum = 0;
    for (let i = Math.max(0, -start); i < end; i++) sum += weights[i]! * sound[start + i]!;
    result[j] = sum;
  }
  return result;
}

export const resampledLength = (length: number, from: number, to: number): number => Math.ceil((length * to) / from);

let made: { old: number; next: number; phases: readonly Phase[] } | undefined;

/** Those of two rates without a common divisor; kept, as files of one rate come one after the other. */
function phasesOf(old: number, next: number): readonly Phase[] {
  if (made?.old === old && made.next === next) return made.phases;
  const band = kept * Math.min(1, next / old);
  const width = crossings / band;
  const phases = Array.from({ length: next }, (_, phase): Phase => {
    const middle = (phase * old) / next;
    const first = Math.ceil(middle - width);
    const weights = Float64Array.from({ length: Math.floor(middle + width) - first + 1 }, (__, i) => {
      const t = band * (first + i - middle);
      const sinc = t === 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t);
      return band * sinc * Math.cos((Math.PI * t) / (2 * crossings)) ** 2;
    });
    return { first, weights };
  });
  made = { old, next, phases };
  return phases;
}
