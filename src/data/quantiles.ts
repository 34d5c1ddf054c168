/**
 * Quantiles of sorted numbers, with straight lines between neighbours: the default of NumPy, definition 7 of Hyndman and Fan, "Sample
 * Quantiles in Statistical Packages" (1996).
 * @param sorted at least one number, the smallest first
 */
export function quantile(sorted: ArrayLike<number>, part: number): number {
  const place = part * (sorted.length - 1);
  const below = Math.floor(place);
  const [low, high] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!];
  return low + (high - low) * (place - below);
}

/** What numbers are moved and divided by. */
export interface Scale {
  readonly shift: number;
  readonly scale: number;
}

/**
 * What gives numbers mean 0 and standard deviation 1 (`standardize`), puts them between 0 and 1 (`min_max`), or gives them median 0 and an
 * interquartile range of 1 (`robust`). The scale is 0 where that cannot be: for what is constant.
 */
export const scalings: Readonly<Record<'standardize' | 'min_max' | 'robust', (numbers: Float64Array) => Scale>> = {
  standardize(numbers) {
    const mean = meanOf(numbers);
    const variance = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length;
    const isConstant = numbers.every((value) => value === numbers[0]);
    return { shift: mean, scale: isConstant ? 0 : Math.sqrt(variance) };
  },
  min_max(numbers) {
    const least = numbers.reduce((a, b) => Math.min(a, b), Infinity);
    return { shift: least, scale: numbers.reduce((a, b) => Math.max(a, b), -Infinity) - least };
  },
  robust(numbers) {
    const sorted = numbers.slice().sort();
    return { shift: quantile(sorted, 0.5), scale: quantile(sorted, 0.75) - quantile(sorted, 0.25) };
  },
};

export const meanOf = (numbers: Float64Array): number => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;

/** Large numbers brought together, small ones as they are: `sign(x) ln(1 + |x|)`. */
export const signedLog = (x: number): number => Math.sign(x) * Math.log1p(Math.abs(x));
