import type { Cell } from './table-column.js';

const written = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?)?$/;

/** Milliseconds since 1970; NaN for what is no time. Without a zone it is UTC's. */
export function timeOf(cell: Cell): number {
  if (typeof cell !== 'string' || !written.test(cell)) return Number.NaN;
  const [day = '', clock] = cell.split(/[T ]/);
  if (!isInMonth(day)) return Number.NaN;
  if (clock === undefined) return Date.parse(day);
  const zone = /([+-]\d\d)(?::?(\d\d))?$/.exec(clock);
  const rest = zone === null ? clock.replace('Z', '') : clock.slice(0, zone.index);
  return Date.parse(`${day}T${rest}${zone === null ? 'Z' : `${zone[1]}:${zone[2] ?? '00'}`}`);
}

/** `Date.parse` takes 30 February for 1 March. */
const isInMonth = (day: string): boolean => Number(day.slice(8)) <= 28 || new Date(day).getUTCDate() === Number(day.slice(8));

/** A time as it is mostly written: 2024-05-31 18:00:00, with thousandths where it has some. */
export const writtenTime = (milliseconds: number): string =>
  new Date(milliseconds)
    .toISOString()
    .replace('T', ' ')
    .replace(/(\.000)?Z$/, '');

/** A time of day, given in microseconds, as it is mostly written: 18:00:00, with a part of a second where it has some. */
export function writtenClock(microseconds: bigint): string {
  const [seconds, rest] = [Number(microseconds / 1_000_000n), Number(microseconds % 1_000_000n)];
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const fraction = rest === 0 ? '' : `.${String(rest).padStart(6, '0').replace(/0+$/, '')}`;
  return parts.map((part) => String(part).padStart(2, '0')).join(':') + fraction;
}

/** A number, a whole number of more digits than a double has, or the milliseconds of a time; NaN for anything else. */
export function momentOf(cell: Cell): number {
  if (typeof cell === 'number') return cell;
  return cell !== null && /^-?\d{16,}$/.test(cell) ? Number(cell) : timeOf(cell);
}
