import type { Experiment } from '../spec/experiment.js';

/** One line for every bound of `expect:` that the final metrics miss. */
export function missedExpectations({ expect }: Experiment, values: Readonly<Record<string, number>>): string[] {
  return Object.entries(expect).flatMap(([name, { min, max }]) => {
    const value = values[name];
    if (value === undefined) return [`expected ${name}, but the run has no such metric`];
    const missed = (bound: string): string => `expected ${name} ${bound}, but it is ${Number(value.toPrecision(6))}`;
    return [
      ...(min !== undefined && !(value >= min) ? [missed(`of at least ${min}`)] : []),
      ...(max !== undefined && !(value <= max) ? [missed(`of at most ${max}`)] : []),
    ];
  });
}
