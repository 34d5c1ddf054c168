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
  /** The rows that can be read, in their order; by default all. Without a column of times others are gaps. */
  readonly readable?: Uint32Array | undefined;
}

/** A number, or the milliseconds of a date; NaN for anything else. A word in a column makes texts of the numbers in it. */
export function seriesTime(cell: Cell): number {
  const time = momentOf(cell);
  return Number.isNaN(time) && typeof cell === 'string' && cell.trim() !== '' ? Number(cell) : time;
}

function checkedTime(cell: Cell, nameOf: () => string, column: string): number {
  const time = seriesTime(cell);
  if (Number.isFinite(time)) return time;
  throw new DatasetError(['time'], `${nameOf()}, column "${column}": found ${shown(cell)}, expected a number or a date`, {
    hint: "times are numbers or dates such as 2026-11-23; make them so in the query, for example with strptime(x, '%d.%m.%Y')",
  });
}

/**
 * Sorts a table by time within each group, and finds what is missing in between: time goes on by more than one and a half times what it
 * usually does (the median).
 * @throws DatasetError if a row has no time or no group, or two rows of a group have the same time
 */
export function sortSeries(table: Table, { time, group, acrossGaps, readable }: SeriesOptions): Series {
  const all = readable ?? Uint32Array.from({ length: table.length }, (_, row) => row);
  const { length } = all;
  const cells = time === undefined ? undefined : table.columns.get(time)!;
  const isCut = cells === undefined && readable !== undefined ? leftOutBefore(table, readable) : undefined;
  const [rows, clock] = [new Uint32Array(length), new Float64Array(length)];
  const [segments, gaps]: [Segment[], string[]] = [[], []];
  let start = 0;
  for (const [name, members] of groupsOf(table, all, group)) {
    const inGroup = group === undefined ? '' : ` of ${shown(name)}`;
    const times = Float64Array.from(members, (row, i) =>
      cells === undefined ? i : checkedTime(cells.at(row), () => table.nameOf(row), time!),
    );
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
      const [a, b] = [rows[start + twice - 1]!, rows[start + twice]!].sort((x, y) => x - y).map(table.numberOf);
      const time = shown(cells!.at(rows[start + twice]!));
      throw new DatasetError(['time'], `rows ${a} and ${b}${inGroup} have the same time, ${time}`, {
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
      const end = start + i + 1;
      if (step <= 1.5 * usual && isCut?.(rows[end - 1]!, rows[end]!) !== true) return;
      const nameOf = (row: number): string => (cells === undefined ? table.nameOf(row) : shown(cells.at(row)));
      gaps.push(`${nameOf(rows[end - 1]!)} to ${nameOf(rows[end]!)}${inGroup}`);
      if (acrossGaps) return;
      segments.push({ start: from, end });
      from = end;
    });
    start += members.length;
    segments.push({ start: from, end: start });
  }
  return { rows, clock, segments, gaps };
}

/** Whether a row was left out between two others: of the numbers that they have in their files more lie between them than of rows. */
function leftOutBefore({ numberOf }: Table, readable: Uint32Array): (row: number, next: number) => boolean {
  const places = new Map(Array.from(readable, (row, place) => [row, place]));
  return (row, next) => numberOf(next) - numberOf(row) > places.get(next)! - places.get(row)!;
}

/** The rows of each group, in the order in which the groups come first. */
function groupsOf(table: Table, rows: Uint32Array, group: string | undefined): Map<Cell, ArrayLike<number>> {
  if (group === undefined) return new Map(rows.length === 0 ? [] : [[null, rows]]);
  const groups = new Map<Cell, number[]>();
  const cells = table.columns.get(group)!;
  for (const row of rows) {
    const cell = cells.at(row);
    if (cell === null) throw new DatasetError(['group'], `${table.nameOf(row)}, column "${group}": the value is missing`);
    const known = groups.get(cell);
    if (known === undefined) groups.set(cell, [row]);
    else known.push(row);
  }
  return groups;
}
