import { DatasetError } from './dataset-error.js';
import { shown } from './categories.js';
import type { Table } from './table.js';
import type { Cell } from './table-column.js';
import type { Segment } from './windows.js';

/** The rows of a table in the order of time, one group after the other. */
export interface Series {
  /** The table's rows, in their new order. */
  readonly rows: readonly number[];
  /** When each of them is: its time or, without a column of times, its place in its group. */
  readonly clock: Float64Array;
  readonly segments: readonly Segment[];
  /** Places where time goes on by more than it usually does, in words. */
  readonly gaps: readonly string[];
}

export interface SeriesOptions {
  readonly time?: string | undefined;
  readonly group?: string | undefined;
  /** Whether windows may reach over a gap. */
  readonly acrossGaps: boolean;
}

/** A number, or the milliseconds of a date. */
function timeOf(cell: Cell, row: number, column: string): number {
  const time = typeof cell === 'number' ? cell : cell === null ? NaN : Date.parse(cell);
  if (Number.isFinite(time)) return time;
  throw new DatasetError(['time'], `row ${row + 1}, column "${column}": found ${shown(cell)}, expected a number or a date`, {
    hint: "times are numbers or dates such as 2026-11-23; make them so in the query, for example with strptime(x, '%d.%m.%Y')",
  });
}

/**
 * Sorts a table by time within each group, and finds what is missing in between: time goes on by more than one and a half times what it
 * usually does (the median).
 * @throws DatasetError if a row has no time or no group, or two rows of a group have the same time
 */
export function sortSeries({ columns, length }: Table, { time, group, acrossGaps }: SeriesOptions): Series {
  const groups = new Map<Cell, number[]>();
  const groupCells = group === undefined ? undefined : columns.get(group)!;
  for (let row = 0; row < length; row++) {
    const cell = groupCells?.at(row) ?? null;
    if (cell === null && groupCells !== undefined) {
      throw new DatasetError(['group'], `row ${row + 1}, column "${group}": the value is missing`);
    }
    const known = groups.get(cell);
    if (known === undefined) groups.set(cell, [row]);
    else known.push(row);
  }
  const [rows, clock, segments, gaps]: [number[], number[], Segment[], string[]] = [[], [], [], []];
  const cells = time === undefined ? undefined : columns.get(time)!;
  for (const [name, members] of groups) {
    const start = rows.length;
    const inGroup = group === undefined ? '' : ` of ${shown(name)}`;
    const times = cells === undefined ? members.map((_, i) => i) : members.map((row) => timeOf(cells.at(row), row, time!));
    const order = members.map((_, i) => i).sort((a, b) => times[a]! - times[b]!);
    const sorted = order.map((i) => times[i]!);
    const twice = sorted.findIndex((value, i) => i > 0 && value === sorted[i - 1]);
    if (twice > 0) {
      const [a, b] = [members[order[twice - 1]!]! + 1, members[order[twice]!]! + 1].sort((x, y) => x - y);
      throw new DatasetError(['time'], `rows ${a} and ${b}${inGroup} have the same time, ${shown(cells!.at(b! - 1))}`, {
        hint:
          group === undefined
            ? 'name the column that tells series apart in `group`, or leave one out in the query'
            : 'leave one out in the query',
      });
    }
    const steps = sorted.slice(1).map((value, i) => value - sorted[i]!);
    const usual = [...steps].sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
    let from = start;
    steps.forEach((step, i) => {
      if (step <= 1.5 * usual) return;
      gaps.push(`${shown(cells!.at(members[order[i]!]!))} to ${shown(cells!.at(members[order[i + 1]!]!))}${inGroup}`);
      if (acrossGaps) return;
      segments.push({ start: from, end: start + i + 1 });
      from = start + i + 1;
    });
    segments.push({ start: from, end: start + members.length });
    for (const i of order) {
      rows.push(members[i]!);
      clock.push(times[i]!);
    }
  }
  return { rows, clock: Float64Array.from(clock), segments, gaps };
}
