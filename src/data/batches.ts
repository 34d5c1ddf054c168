import { UserError } from '../errors.js';
import { permutation, streamKey } from '../random.js';
import { byteTable, type BatchTransform } from './byte-table.js';
import type { Column, Examples, Field } from './field.js';

export interface BatchSourceOptions {
  records: Examples;
  fields: Readonly<Record<string, Field>>;
  /** Which records make an epoch, and their order where nothing is shuffled. */
  indices: Uint32Array;
  /** Applied in this order to the values of a field in every batch, by the field's name. */
  transforms?: Readonly<Record<string, readonly BatchTransform[]>>;
  batchSize: number;
  /** The root seed of the shuffle; without it every epoch runs in the order of `indices`. */
  shuffleSeed?: number | undefined;
}

/** One batch. The arrays are views of buffers that the next batch overwrites. */
export interface Batch {
  /** `[size, ...shape]` of each field, by its name. */
  readonly values: ReadonlyMap<string, Float32Array>;
  readonly size: number;
}

/**
 * Batches by (epoch, step), each had directly: the order of an epoch is a pure function of the seed and the epoch, so nothing
 * is replayed. The last batch of an epoch holds what is left over. After construction a batch allocates nothing; the order is
 * allocated once an epoch.
 */
export class BatchSource {
  readonly length: number;
  readonly batchSize: number;
  readonly stepsPerEpoch: number;
  private readonly indices: Uint32Array;
  private readonly collectors: readonly Collector[];
  private readonly shuffleSeed: number | undefined;
  private readonly full: Batch;
  private readonly last: Batch;
  private order: Uint32Array;
  private orderEpoch: number | undefined;

  /** @throws UserError if `batchSize` is larger than the number of records. */
  constructor(options: BatchSourceOptions) {
    const { records, fields, indices, batchSize } = options;
    this.length = indices.length;
    if (!Number.isInteger(batchSize) || batchSize < 1) throw new RangeError(`batch size ${batchSize} is not a positive integer`);
    if (batchSize > this.length) {
      throw new UserError(`batch_size is ${batchSize}, but there are only ${this.length} records`, {
        hint: `Set batch_size to at most ${this.length}, or hold out fewer records for validation.`,
        exit: 'usage',
      });
    }
    if (indices.some((index) => index >= records.length)) throw new RangeError('an index lies beyond the records');
    this.batchSize = batchSize;
    this.stepsPerEpoch = Math.ceil(this.length / batchSize);
    this.indices = indices;
    this.shuffleSeed = options.shuffleSeed;
    this.order = indices;
    this.collectors = Object.entries(fields).map(
      ([name, field]) =>
        new Collector(name, field, records.columns[name]!, records.length, options.transforms?.[name] ?? [], batchSize),
    );
    const batchOf = (size: number): Batch => ({
      values: new Map(this.collectors.map((collector) => [collector.name, collector.view(size)])),
      size,
    });
    this.full = batchOf(batchSize);
    this.last = batchOf(this.length - (this.stepsPerEpoch - 1) * batchSize);
  }

  /** The records of the batch of a step. */
  sizeOf(step: number): number {
    return step === this.stepsPerEpoch - 1 ? this.last.size : this.full.size;
  }

  /** The batch of a step in `0 … stepsPerEpoch - 1`, valid until the next call. */
  batch(epoch: number, step: number): Batch {
    if (!(step >= 0 && step < this.stepsPerEpoch)) throw new RangeError(`step ${step} is not in 0 … ${this.stepsPerEpoch - 1}`);
    const order = this.epochOrder(epoch);
    const batch = step === this.stepsPerEpoch - 1 ? this.last : this.full;
    for (const collector of this.collectors) {
      collector.collect(order, step * this.batchSize, batch.size, batch.values.get(collector.name)!);
    }
    return batch;
  }

  private epochOrder(epoch: number): Uint32Array {
    if (this.shuffleSeed === undefined || this.orderEpoch === epoch) return this.order;
    const order = permutation(this.length, streamKey(this.shuffleSeed, 'shuffle', epoch));
    for (let i = 0; i < order.length; i++) order[i] = this.indices[order[i]!]!;
    this.order = order;
    this.orderEpoch = epoch;
    return order;
  }
}

/** Puts one field's values of a batch together. */
class Collector {
  readonly name: string;
  private readonly values: Column['values'];
  private readonly layout: Layout;
  /** For bytes: what each of them becomes, `[256]` or `[256, channels]`. */
  private readonly table: Float32Array;
  /** What the table has not done. */
  private readonly transforms: readonly BatchTransform[];
  private readonly buffer: Float32Array;

  constructor(
    name: string,
    field: Field,
    column: Column,
    length: number,
    transforms: readonly BatchTransform[],
    batchSize: number,
  ) {
    const size = field.shape.reduce((product, axis) => product * axis, 1);
    const { values, step = size, offset = 0 } = column;
    const needed = length === 0 ? 0 : offset + (length - 1) * step + size;
    if (values.length < needed || (column.step === undefined && values.length !== needed)) {
      throw new RangeError(`${length} records of ${name} do not fill an array of ${values.length}`);
    }
    this.name = name;
    this.values = values;
    this.layout = { size, step, offset };
    this.buffer = new Float32Array(batchSize * size);
    if (field.kind === 'class') {
      [this.table, this.transforms] = [Float32Array.from({ length: 256 }, (_, byte) => byte), transforms];
    } else {
      const { table, folded } = byteTable(field.shape, transforms);
      this.table = table;
      this.transforms = values instanceof Uint8Array ? transforms.slice(folded) : transforms;
    }
  }

  view(size: number): Float32Array {
    return this.buffer.subarray(0, size * this.layout.size);
  }

  collect(order: Uint32Array, start: number, count: number, to: Float32Array): void {
    const { values, table, layout } = this;
    if (values instanceof Uint8Array) {
      if (table.length === 256) gatherBytes(values, table, layout, order, start, count, to);
      else gatherChannels(values, table, layout, order, start, count, to);
    } else if (values instanceof Uint16Array) gatherWords(values, layout, order, start, count, to);
    else gatherFloats(values, layout, order, start, count, to);
    for (const transform of this.transforms) transform(to);
  }
}

/** How a column lies in memory, in elements. */
interface Layout {
  readonly size: number;
  readonly step: number;
  readonly offset: number;
}

// One loop per kind of array: V8 compiles a loop that meets several for none of them.

/** Four at a time: V8 does not unroll, and half of the time of the plain loop goes to its counters. */
function gatherBytes(
  from: Uint8Array,
  table: Float32Array,
  { size, step, offset }: Layout,
  order: Uint32Array,
  start: number,
  count: number,
  to: Float32Array,
): void {
  let out = 0;
  for (let i = 0; i < count; i++) {
    let at = offset + order[start + i]! * step;
    const end = at + size;
    for (; at + 3 < end; at += 4, out += 4) {
      to[out] = table[from[at]!]!;
      to[out + 1] = table[from[at + 1]!]!;
      to[out + 2] = table[from[at + 2]!]!;
      to[out + 3] = table[from[at + 3]!]!;
    }
    while (at < end) to[out++] = table[from[at++]!]!;
  }
}

function gatherChannels(
  from: Uint8Array,
  table: Float32Array,
  { size, step, offset }: Layout,
  order: Uint32Array,
  start: number,
  count: number,
  to: Float32Array,
): void {
  const channels = table.length / 256;
  for (let i = 0, out = 0; i < count; i++) {
    const first = offset + order[start + i]! * step;
    for (let at = first; at < first + size;) {
      for (let channel = 0; channel < channels; channel++) to[out++] = table[from[at++]! * channels + channel]!;
    }
  }
}

function gatherWords(
  from: Uint16Array,
  { size, step, offset }: Layout,
  order: Uint32Array,
  start: number,
  count: number,
  to: Float32Array,
): void {
  for (let i = 0, out = 0; i < count; i++) {
    const first = offset + order[start + i]! * step;
    for (let at = first; at < first + size; at++) to[out++] = from[at]!;
  }
}

function gatherFloats(
  from: Float32Array,
  { size, step, offset }: Layout,
  order: Uint32Array,
  start: number,
  count: number,
  to: Float32Array,
): void {
  for (let i = 0, out = 0; i < count; i++) {
    const first = offset + order[start + i]! * step;
    for (let at = first; at < first + size; at++) to[out++] = from[at]!;
  }
}

/**
 * Chooses `count` of the records `0 … length - 1` to be held out for validation, the same ones for the same seed. Both arrays are sorted.
 * @throws UserError if no record would be left to train on.
 */
export function splitValidation(length: number, count: number, seed: number): { train: Uint32Array; validation: Uint32Array } {
  if (!Number.isInteger(count) || count < 0) throw new RangeError(`${count} records cannot be held out`);
  if (count >= length) {
    throw new UserError(`validation holds out ${count} records, but there are only ${length} to train on`, {
      hint: `Set validation to less than ${length}.`,
      exit: 'usage',
    });
  }
  const order = permutation(length, streamKey(seed, 'validation'));
  return { train: order.slice(count).sort(), validation: order.slice(0, count).sort() };
}
