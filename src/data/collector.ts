import { RandomStream, streamKey } from '../random.js';
import { byteTable, type BatchTransform } from './byte-table.js';
import type { Column, Field } from './field.js';
import { gather, type Layout } from './gather.js';

/** A random change of single records. */
export interface RecordChange {
  /** Changes a record, `[...shape]`, in place. */
  readonly change: (values: Float32Array, random: RandomStream) => void;
  /** Of how many records, on average. */
  readonly probability: number;
  /** Names its random numbers. Fields that are to change alike have the same one. */
  readonly purpose: string;
}

/** What happens to the values of a field on their way into a batch. */
export interface FieldChanges {
  /** Before the transforms. */
  readonly before?: readonly RecordChange[];
  readonly transforms?: readonly BatchTransform[];
  /** After them, on records of the last shape. */
  readonly after?: readonly RecordChange[];
}

const identity = Float32Array.from({ length: 256 }, (_, byte) => byte);

/** Puts one field's values of a batch together. */
export class Collector {
  readonly name: string;
  private readonly size: number;
  private readonly column: Column | undefined;
  private readonly layout: Layout;
  /** For bytes: what each of them becomes, `[256]` or `[256, channels]`. */
  private readonly table: Float32Array;
  /** What the table has not done. */
  private readonly transforms: readonly BatchTransform[];
  private readonly before: readonly RecordChange[];
  private readonly after: readonly RecordChange[];
  private readonly buffer: Float32Array;
  /** Where the records of a batch start, for columns that say so for each. */
  private readonly places: Uint32Array;
  /** The values of batches, by their records: full ones, and the last. */
  private readonly views = new Map<number, Float32Array>();

  /** @param column nothing where a reader fills `records` */
  constructor(name: string, field: Field, column: Column | undefined, length: number, changes: FieldChanges, batchSize: number) {
    const { before = [], transforms = [], after = [] } = changes;
    this.name = name;
    this.column = column;
    this.size = field.shape.reduce((product, axis) => product * axis, 1);
    this.before = before;
    this.after = after;
    this.layout =
      column === undefined ? { size: this.size, step: this.size, offset: 0 } : layoutOf(name, column, this.size, length);
    this.buffer = new Float32Array(batchSize * this.size);
    this.places = new Uint32Array(column?.starts === undefined ? 0 : batchSize);
    if (field.kind === 'class') {
      [this.table, this.transforms] = [identity, transforms];
    } else {
      const { table, folded } = byteTable(field.shape, before.length > 0 ? [] : transforms);
      this.table = table;
      this.transforms = column?.values instanceof Uint8Array ? transforms.slice(folded) : transforms;
    }
  }

  /** Room for the records of a batch, before anything has changed them: where a reader writes. */
  record(i: number): Float32Array {
    return this.buffer.subarray(i * this.size, (i + 1) * this.size);
  }

  private view(count: number): Float32Array {
    const view = this.views.get(count) ?? this.buffer.subarray(0, count * this.size);
    this.views.set(count, view);
    return view;
  }

  /** The values of the records `order[start … start + count - 1]`; of a reader's field those that lie in `record` now. */
  collect(order: Uint32Array, start: number, count: number, seed: number, epoch: number): Float32Array {
    let values = this.view(count);
    if (this.column !== undefined) {
      const { starts } = this.column;
      if (starts === undefined) gather(this.column.values, this.table, this.layout, order, start, count, values);
      else {
        for (let i = 0; i < count; i++) this.places[i] = starts[order[start + i]!]!;
        gather(this.column.values, this.table, this.layout, this.places, 0, count, values);
      }
    }
    changeRecords(this.before, values, order, start, count, seed, epoch);
    for (const transform of this.transforms) values = transform(values) ?? values;
    changeRecords(this.after, values, order, start, count, seed, epoch);
    return values;
  }
}

function layoutOf(name: string, { values, step, offset = 0, starts }: Column, size: number, length: number): Layout {
  if (starts !== undefined) {
    if (starts.length !== length || starts.some((at) => at + size > values.length)) {
      throw new RangeError(`${length} records of ${name} do not lie in an array of ${values.length}`);
    }
    return { size, step: 1, offset: 0 };
  }
  const needed = length === 0 ? 0 : offset + (length - 1) * (step ?? size) + size;
  if (values.length < needed || (step === undefined && values.length !== needed)) {
    throw new RangeError(`${length} records of ${name} do not fill an array of ${values.length}`);
  }
  return { size, step: step ?? size, offset };
}

/** Random numbers are named by (seed, purpose, epoch, record): a record changes in the same way wherever in the epoch it comes. */
function changeRecords(
  changes: readonly RecordChange[],
  values: Float32Array,
  order: Uint32Array,
  start: number,
  count: number,
  seed: number,
  epoch: number,
): void {
  if (changes.length === 0) return;
  const size = values.length / count;
  for (let i = 0; i < count; i++) {
    const record = values.subarray(i * size, (i + 1) * size);
    for (const { change, probability, purpose } of changes) {
      const random = new RandomStream(streamKey(seed, `augment/${purpose}`, epoch, order[start + i]!));
      if (random.uniform() < probability) change(record, random);
    }
  }
}
