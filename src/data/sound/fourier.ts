/** The discrete Fourier transform of real signals of one size, a power of two (Cooley and Tukey, 1965). */
export class FourierTransform {
  readonly size: number;
  private readonly half: number;
  private readonly real: Float64Array;
  private readonly imaginary: Float64Array;
  /** `cos(2πk / size)` and `-sin(2πk / size)` for k below size / 2. */
  private readonly cosines: Float64Array;
  private readonly sines: Float64Array;
  /** Where each number of the half-length transform goes first: its bits in reverse. */
  private readonly places: Uint32Array;

  constructor(size: number) {
    if (size < 4 || (size & (size - 1)) !== 0) throw new RangeError(`${size} is not a power of two from 4 on`);
    this.size = size;
    const half = size / 2;
    this.half = half;
    this.real = new Float64Array(half);
    this.imaginary = new Float64Array(half);
    this.cosines = Float64Array.from({ length: half }, (_, k) => Math.cos((2 * Math.PI * k) / size));
    this.sines = Float64Array.from({ length: half }, (_, k) => -Math.sin((2 * Math.PI * k) / size));
    this.places = new Uint32Array(half);
    const bits = Math.log2(half);
    for (let i = 0; i < half; i++) {
      let reversed = 0;
      for (let bit = 0; bit < bits; bit++) reversed |= ((i >> bit) & 1) << (bits - 1 - bit);
      this.places[i] = reversed;
    }
  }

  /**
   * `|X_k|²` of the frequencies `k = 0 … size / 2`, where `X_k = Σ_n x_n e^(-2πikn / size)`.
   * @param signal `[size]`
   * @param power `[size / 2 + 1]`, overwritten
   */
  power(signal: Float64Array, power: Float64Array): void {
    const { half, real, imaginary, places, cosines, sines } = this;
    // A real signal is transformed as a complex one of half its length: even places real, odd ones imaginary.
    for (let i = 0; i < half; i++) {
      real[places[i]!] = signal[2 * i]!;
      imaginary[places[i]!] = signal[2 * i + 1]!;
    }
    this.transform();
    power[0] = (real[0]! + imaginary[0]!) ** 2;
    power[half] = (real[0]! - imaginary[0]!) ** 2;
    for (let k = 1; k < half; k++) {
      const [a, b, c, d] = [real[k]!, imaginary[k]!, real[half - k]!, imaginary[half - k]!];
      const [evenReal, evenImaginary] = [(a + c) / 2, (b - d) / 2];
      const [oddReal, oddImaginary] = [(b + d) / 2, (c - a) / 2];
      const [cosine, sine] = [cosines[k]!, sines[k]!];
      const x = evenReal + oddReal * cosine - oddImaginary * sine;
      const y = evenImaginary + oddReal * sine + oddImaginary * cosine;
      power[k] = x * x + y * y;
    }
  }

  /** Complex, of length `half`, in place, from bit-reversed order. */
  private transform(): void {
    const { half, real, imaginary, cosines, sines } = this;
    for (let span = 1; span < half; span *= 2) {
      const stride = half / span;
      for (let k = 0; k < span; k++) {
        const [cosine, sine] = [cosines[k * stride]!, sines[k * stride]!];
        for (let i = k; i < half; i += 2 * span) {
          const j = i + span;
          const x = real[j]! * cosine - imaginary[j]! * sine;
          const y = real[j]! * sine + imaginary[j]! * cosine;
          real[j] = real[i]! - x;
          imaginary[j] = imaginary[i]! - y;
          real[i] = real[i]! + x;
          imaginary[i] = imaginary[i]! + y;
        }
      }
    }
  }
}
