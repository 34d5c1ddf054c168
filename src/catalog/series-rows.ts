import { shown } from '../data/categories.js';
import { seriesTime } from '../data/series.js';
import type { Table } from '../data/table.js';
import { numberProblem } from './features/numeric.js';

/** What of a time series' options says which rows can be read. */
export interface SeriesRowOptions {
  readonly time?: string | undefined;
  readonly group?: string | undefined;
  readonly missing: 'fail' | 'previous';
}

/**
 * The rows of a time series that have a time, a group and numbers.
 * @param columns those that are read or told
 * @param skipped is told of each other row
 */
export function seriesRows(
  table: Table,
  columns: readonly string[],
  { time, group, missing }: SeriesRowOptions,
  skipped: (line: string) => void,
): Uint32Array {
  const problemAt = (row: number): string | undefined => {
    const cellOf = (name: string) => table.columns.get(name)!.at(row);
    if (time !== undefined && !Number.isFinite(seriesTime(cellOf(time)))) {
      return `column "${time}": found ${shown(cellOf(time))}, expected a number or a date`;
    }
    if (group !== undefined && cellOf(group) === null) return `column "${group}": the value is missing`;
    for (const name of columns) {
      const cell = cellOf(name);
      if (cell === null && missing === 'fail') return `column "${name}": the value is missing`;
      const problem = cell === null ? undefined : numberProblem(cell);
      if (problem !== undefined) return `column "${name}": ${problem.message}`;
    }
    return undefined;
  };
  return Uint32Array.from({ length: table.length }, (_, row) => row).filter((row) => {
    const problem = problemAt(row);
    if (problem !== undefined) skipped(`${table.nameOf(row)}, ${problem}`);
    return problem === undefined;
  });
}
