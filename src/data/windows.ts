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
export function windowsIn(segments: readonly Segment[], { window, horizon, stride }: WindowShape): number[] {
  const starts: number[] = [];
  for (const { start, end } of segments) {
    for (let at = start; at + window + horizon <= end; at += stride) starts.push(at);
  }
  return starts;
}

/** Where windows lie in time: when the first row is, and the last that is to be told. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Records that are trained on, and those held out, which begin at `border`. Some may be in neither. */
export interface HeldOut extends Cut {
  readonly border: number;
}

/**
 * Holds the last `count` records out. Those before are kept if they end before the first that is held out: none shares a row with one.
 * @param spans of each record, in any order
 */
export const holdLastOut = (spans: readonly Span[], count: number): HeldOut => holdOut(spans, spans.length - count, spans.length);

/**
 * Holds a block of records out, and keeps those that end before it. Records are cut into a block more than there are folds, one after the other
 * in time: fold k is told block k + 1 from all before it (an expanding window; Hyndman and Athanasopoulos, "Forecasting: Principles and
 * Practice", on time series cross-validation).
 * @param spans of each record, in any order
 * @param fold from 1
 */
export function holdBlockOut(spans: readonly Span[], fold: { readonly number: number; readonly of: number }): HeldOut {
  const [first, end] = [fold.number, fold.number + 1].map((block) => Math.round((block * spans.length) / (fold.of + 1)));
  return holdOut(spans, first!, end!);
}

/** Holds the records out that come at places `first … end - 1` in time. */
function holdOut(spans: readonly Span[], first: number, end: number): HeldOut {
  const order = spans.map((_, i) => i).sort((a, b) => spans[a]!.from - spans[b]!.from || a - b);
  const held = Uint32Array.from(order.slice(first, end)).sort();
  const border = first < order.length ? spans[order[first]!]!.from : Infinity;
  const rest = Uint32Array.from(order.slice(0, first).filter((i) => spans[i]!.to < border)).sort();
  return { rest, held, border };
}
