/** A metric over several runs. */
export interface Summary {
  readonly mean: number;
  /** Of the runs as a sample: the root of the sum of squares over their number less one. */
  readonly standard_deviation: number;
  /** Of each run. */
  readonly values: readonly number[];
}

/** What each metric that all runs have comes to over them. */
export function summaryOf(runs: readonly Readonly<Record<string, number>>[]): Record<string, Summary> {
  const names = Object.keys(runs[0] ?? {}).filter((name) => runs.every((run) => run[name] !== undefined));
  return Object.fromEntries(
    names.map((name) => {
      const values = runs.map((run) => run[name]!);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
      return [name, { mean, standard_deviation: Math.sqrt(squares / Math.max(1, values.length - 1)), values }];
    }),
  );
}
