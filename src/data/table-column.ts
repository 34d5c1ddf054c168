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

  constructor(Type: new (length: number) => Values) {
    this.Values = Type;
  }

  push(value: number): void {
    const at = this.length++ % pieceLength;
    if (at === 0) this.pieces.push(new this.Values(pieceLength));
    this.pieces.at(-1)![at] = value;
  }

  /** All of them side by side. They are gone from here, so that they are in memory twice for as short as can be. */
  take(): Values {
    const all = new this.Values(this.length);
    const last = this.length % pieceLength || pieceLength;
    for (let i = this.pieces.length - 1, end = last; i >= 0; i--, end = pieceLength) {
      all.set(this.pieces.pop()!.subarray(0, end), i * pieceLength);
    }
    this.length = 0;
    return all;
  }
}

const pieceLength = 2 ** 16;
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
