import { DatasetError } from './dataset-error.js';
import { shown } from './categories.js';
import type { Table } from './table.js';
import type { Cell } from './table-column.js';
import { momentOf } from './time.js';
import { type Segment, orderOf } from './windows.js';

/** The rows of a table in the order of time, one group after the other. */
export interface Series {
  /** The table's rows, in their new order. */
  readonly rows: Uint32Array;
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
function checkedTime(cell: Cell, row: number, column: string): number {
  const time = momentOf(cell);
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
  const cells = time === undefined ? undefined : columns.get(time)!;
  const [rows, clock] = [new Uint32Array(length), new Float64Array(length)];
  const [segments, gaps]: [Segment[], string[]] = [[], []];
  let start = 0;
  for (const [name, members] of groupsOf(columns, length, group)) {
    const inGroup = group === undefined ? '' : ` of ${shown(name)}`;
    const times = Float64Array.from(members, (row, i) => (cells === undefined ? i : checkedTime(cells.at(row), row, time!)));
    const order = orderOf(times);
    rows.set(
      order.map((i) => members[i]!),
      start,
    );
    clock.set(
      times.map((_, i) => times[order[i]!]!),
      start,
    );
    const sorted = clock.subarray(start, start + members.length);
    const twice = sorted.findIndex((value, i) => i > 0 && value === sorted[i - 1]);
    if (twice > 0) {
      const [a, b] = [rows[start + twice - 1]! + 1, rows[start + twice]! + 1].sort((x, y) => x - y);
      throw new DatasetError(['time'], `rows ${a} and ${b}${inGroup} have the same time, ${shown(cells!.at(b! - 1))}`, {
        hint:
          group === undefined
            ? 'name the column that tells series apart in `group`, or leave one out in the query'
            : 'leave one out in the query',
      });
    }
    const steps = sorted.slice(1).map((value, i) => value - sorted[i]!);
    const usual = steps.slice().sort()[Math.floor(steps.length / 2)] ?? 0;
    let from = start;
    steps.forEach((step, i) => {
      if (step <= 1.5 * usual) return;
      const end = start + i + 1;
      gaps.push(`${shown(cells!.at(rows[end - 1]!))} to ${shown(cells!.at(rows[end]!))}${inGroup}`);
      if (acrossGaps) return;
      segments.push({ start: from, end });
      from = end;
    });
    start += members.length;
    segments.push({ start: from, end: start });
  }
  return { rows, clock, segments, gaps };
}

/** The rows of each group, in the order in which the groups come first. */
function groupsOf(columns: Table['columns'], length: number, group: string | undefined): Map<Cell, ArrayLike<number>> {
  if (group === undefined) return new Map(length === 0 ? [] : [[null, Uint32Array.from({ length }, (_, row) => row)]]);
  const groups = new Map<Cell, number[]>();
  const cells = columns.get(group)!;
  for (let row = 0; row < length; row++) {
    const cell = cells.at(row);
    if (cell === null) throw new DatasetError(['group'], `row ${row + 1}, column "${group}": the value is missing`);
    const known = groups.get(cell);
    if (known === undefined) groups.set(cell, [row]);
    else known.push(row);
  }
  return groups;
}
