import type { Cut } from './split.js';

/** Rows of one group that follow each other without a gap, by their places: `start … end - 1`. */
export interface Segment {
  readonly start: number;
  readonly end: number;
}

/** Pieces of a time series: rows that are read, and those after them that are to be told. */
export interface WindowShape {
  /** Rows that are read. */
  readonly window: number;
  /** Rows after them that are to be told. */
  readonly horizon: number;
  /** Rows from the start of one piece to that of the next. */
  readonly stride: number;
}

/** The first rows of all windows that lie within one segment. */
export function windowsIn(segments: readonly Segment[], { window, horizon, stride }: WindowShape): Uint32Array {
  const countIn = ({ start, end }: Segment): number => Math.max(0, Math.floor((end - start - window - horizon) / stride) + 1);
  const starts = new Uint32Array(segments.reduce((sum, segment) => sum + countIn(segment), 0));
  let length = 0;
  for (const { start, end } of segments) {
    for (let at = start; at + window + horizon <= end; at += stride) starts[length++] = at;
  }
  return starts;
}

/** Where windows lie in time: when the first row of each is, and the last that is to be told. */
export interface Spans {
  readonly from: Float64Array;
  readonly to: Float64Array;
}

/** Records that are trained on, and those held out, which begin at `border`. Some may be in neither. */
export interface HeldOut extends Cut {
  readonly border: number;
}

/**
 * Holds the last `count` records out. Those before are kept if they end before the first that is held out: none shares a row with one.
 * @param spans of each record, in any order
 */
export const holdLastOut = (spans: Spans, count: number): HeldOut => holdOut(spans, spans.from.length - count, spans.from.length);

/**
 * Holds a block of records out, and keeps those that end before it. Records are cut into a block more than there are folds, one after the other
 * in time: fold k is told block k + 1 from all before it (an expanding window; Hyndman and Athanasopoulos, "Forecasting: Principles and
 * Practice", on time series cross-validation).
 * @param spans of each record, in any order
 * @param fold from 1
 */
export function holdBlockOut(spans: Spans, fold: { readonly number: number; readonly of: number }): HeldOut {
  const [first, end] = [fold.number, fold.number + 1].map((block) => Math.round((block * spans.from.length) / (fold.of + 1)));
  return holdOut(spans, first!, end!);
}

/** Holds the records out that come at places `first … end - 1` in time. */
function holdOut({ from, to }: Spans, first: number, end: number): HeldOut {
  const order = orderOf(from);
  const held = order.slice(first, end).sort();
  const border = first < order.length ? from[order[first]!]! : Infinity;
  const rest = order
    .slice(0, first)
    .filter((i) => to[i]! < border)
    .sort();
  return { rest, held, border };
}

/** The places of numbers, the smallest first and equal ones as they are. */
export function orderOf(numbers: Float64Array): Uint32Array {
  const order = Uint32Array.from(numbers, (_, i) => i);
  const isSorted = numbers.every((value, i) => i === 0 || numbers[i - 1]! <= value);
  return isSorted ? order : order.sort((a, b) => numbers[a]! - numbers[b]! || a - b);
}
