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

/**
 * Holds the last `count` records out. Those before are kept if they end before the first that is held out: none shares a row with one.
 * @param spans of each record, in any order
 */
export function holdLastOut(spans: readonly Span[], count: number): { train: Uint32Array; validation: Uint32Array } {
  const order = spans.map((_, i) => i).sort((a, b) => spans[a]!.from - spans[b]!.from || a - b);
  const validation = Uint32Array.from(order.slice(order.length - count)).sort();
  const border = spans[order[order.length - count]!]!.from;
  const train = Uint32Array.from(order.filter((i) => spans[i]!.to < border)).sort();
  return { train, validation };
}
