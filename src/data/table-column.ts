/** A value of a table: numbers as numbers, everything else as text, `null` where there is none. */
export type Cell = number | string | null;

/** A column of a table. */
export interface TableColumn {
  readonly length: number;
  at(row: number): Cell;
  /** Whether a cell of some row is so. */
  some(test: (cell: Cell) => boolean): boolean;
}

/** Eight bytes for each row. No cell is NaN, which thus stands for what is missing. */
class Numbers implements TableColumn {
  readonly length: number;
  private readonly values: Float64Array;

  constructor(values: Float64Array) {
    this.length = values.length;
    this.values = values;
  }

  at(row: number): Cell {
    const value = this.values[row]!;
    return Number.isNaN(value) ? null : value;
  }

  some(test: (cell: Cell) => boolean): boolean {
    return this.values.some((value) => test(Number.isNaN(value) ? null : value));
  }
}

/** Four bytes for each row: the place of its cell among those that differ. */
class Places implements TableColumn {
  readonly length: number;
  private readonly places: Uint32Array;
  private readonly cells: readonly Cell[];

  /** @param cells each of them is that of a row */
  constructor(places: Uint32Array, cells: readonly Cell[]) {
    this.length = places.length;
    this.places = places;
    this.cells = cells;
  }

  at(row: number): Cell {
    return this.cells[this.places[row]!]!;
  }

  some(test: (cell: Cell) => boolean): boolean {
    return this.cells.some(test);
  }
}

/** Numbers that become more, in pieces: nothing is copied while it grows. */
class Growing<Values extends Float64Array | Uint32Array> {
  length = 0;
  private readonly Values: new (length: number) => Values;
  private readonly pieces: Values[] = [];
  /** The piece that is filled now, and how far it is. */
  private last: Values;
  private at = 0;

  constructor(Type: new (length: number) => Values) {
    this.Values = Type;
    this.last = new Type(0);
  }

  push(value: number): void {
    if (this.at === this.last.length) {
      // A table of few rows may have thousands of columns.
      this.last = new this.Values(Math.min(longestPiece, Math.max(64, 2 * this.last.length)));
      this.pieces.push(this.last);
      this.at = 0;
    }
    this.last[this.at++] = value;
    this.length++;
  }

  /** All of them side by side. They are gone from here, so that they are in memory twice for as short as can be. */
  take(): Values {
    const all = new this.Values(this.length);
    let end = this.length;
    while (this.pieces.length > 0) {
      const piece = this.pieces.pop()!;
      const count = piece === this.last ? this.at : piece.length;
      end -= count;
      all.set(piece.subarray(0, count), end);
    }
    this.last = new this.Values(0);
    this.length = this.at = 0;
    return all;
  }
}

const longestPiece = 2 ** 16;
/** Different texts that are looked for among those that came before: a column of more has few that come again. */
const mostLookedUp = 2 ** 16;

/** Makes a column of cells, one row after the other. */
export class ColumnBuilder {
  /** As long as there is no text. */
  private numbers: Growing<Float64Array> | undefined = new Growing(Float64Array);
  private readonly places = new Growing(Uint32Array);
  private readonly cells: Cell[] = [];
  private readonly known = new Map<string | null, number>();

  add(cell: Cell): void {
    if (this.numbers === undefined) this.places.push(this.placeOf(cell));
    else if (typeof cell !== 'string') this.numbers.push(cell ?? NaN);
    else {
      const before = new Numbers(this.numbers.take());
      this.numbers = undefined;
      for (let row = 0; row < before.length; row++) this.places.push(this.placeOf(before.at(row)));
      this.places.push(this.placeOf(cell));
    }
  }

  build(): TableColumn {
    if (this.numbers !== undefined) return new Numbers(this.numbers.take());
    return new Places(this.places.take(), this.cells);
  }

  private placeOf(cell: Cell): number {
    const key = typeof cell === 'number' ? undefined : cell;
    const found = key === undefined ? undefined : this.known.get(key);
    if (found !== undefined) return found;
    const place = this.cells.push(cell) - 1;
    if (key === null || (key !== undefined && this.known.size < mostLookedUp)) this.known.set(key, place);
    return place;
  }
}

/** A column of some cells. */
export function columnOf(cells: Iterable<Cell>): TableColumn {
  const builder = new ColumnBuilder();
  for (const cell of cells) builder.add(cell);
  return builder.build();
}
