import { UserError } from '../errors.js';
import { permutation, permutedPlace, streamKey } from '../random.js';
import { Collector, type FieldChanges } from './collector.js';
import type { Examples, Field, RecordReader } from './field.js';
import { type BatchMixing, Mixer } from './mixing.js';
import { openReader } from './readers/index.js';
import { type ClassSampling, sampledLength, sampledRecords } from './sampling.js';
import { sharedArray } from './shared.js';

export interface BatchSourceOptions {
  records: Examples;
  fields: Readonly<Record<string, Field>>;
  /** Which records make an epoch, and their order where nothing is shuffled. */
  indices: Uint32Array;
  /** Draws the records of each epoch from them. */
  sampling?: ClassSampling | undefined;
  /** What happens to the values of a field in every batch, by the field's name. */
  changes?: Readonly<Record<string, FieldChanges>>;
  /** How records are then mixed, and the targets that are mixed with them, with their classes where they are one of some. */
  mixing?: { readonly mixings: readonly BatchMixing[]; readonly targets: ReadonlyMap<string, number | undefined> };
  batchSize: number;
  /** The root seed of the shuffle; without it every epoch runs in the order of `indices`. */
  shuffleSeed?: number | undefined;
  /** The root seed of random changes. */
  seed?: number;
  /** Records of an epoch beyond which its order is computed, record by record, and not held. */
  mostHeld?: number;
}

/** One batch. The arrays are overwritten by the next one. */
export interface Batch {
  /** `[size, ...shape]` of each field, by its name. */
  readonly values: ReadonlyMap<string, Float32Array>;
  readonly size: number;
}

interface MutableBatch extends Batch {
  readonly values: Map<string, Float32Array>;
}

/** An order of so many records takes 16 MB in each thread. */
export const mostHeldByDefault = 2 ** 22;

/** Batches by (epoch, step), of which only the next one or two are ever in memory. */
export interface Batches {
  /** Records of an epoch. */
  readonly length: number;
  readonly batchSize: number;
  readonly stepsPerEpoch: number;
  /** The records of the batch of a step. */
  sizeOf(step: number): number;
  /** The batch of a step in `0 … stepsPerEpoch - 1`, valid until the next call. */
  batch(epoch: number, step: number): Batch | Promise<Batch>;
  /** Ends threads and closes files. */
  close(): void;
}

/**
 * Batches made when they are asked for. The order of an epoch is a pure function of the seed and the epoch, so nothing is replayed. The
 * last batch of an epoch holds what is left over.
 */
export class BatchSource implements Batches {
  readonly length: number;
  readonly batchSize: number;
  readonly stepsPerEpoch: number;
  private readonly indices: Uint32Array;
  private readonly sampling: ClassSampling | undefined;
  private readonly collectors: readonly Collector[];
  private readonly reader: RecordReader | undefined;
  /** Where the reader writes each record of a batch. */
  private readonly readRooms: readonly Readonly<Record<string, Float32Array>>[];
  private readonly shuffleSeed: number | undefined;
  private readonly seed: number;
  private readonly mostHeld: number;
  private readonly mixer: Mixer | undefined;
  private readonly full: MutableBatch;
  private readonly last: MutableBatch;
  private order: Uint32Array;
  private orderEpoch: number | undefined;
  /** The records of a batch whose order is not held. */
  private readonly records: Uint32Array;

  /** @throws UserError if `batchSize` is larger than the number of records. */
  constructor(options: BatchSourceOptions) {
    const { records, fields, indices, batchSize, changes = {}, mixing, seed = 0 } = options;
    this.sampling = options.sampling;
    this.length = this.sampling === undefined ? indices.length : sampledLength(this.sampling);
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
    this.seed = seed;
    this.mostHeld = options.mostHeld ?? mostHeldByDefault;
    this.mixer = mixing && new Mixer(mixing.mixings, mixing.targets);
    this.order = indices;
    this.records = new Uint32Array(batchSize);
    this.collectors = Object.entries(fields).map(
      ([name, field]) => new Collector(name, field, records.columns[name], records.length, changes[name] ?? {}, batchSize),
    );
    const readCollectors = this.collectors.filter(({ name }) => records.columns[name] === undefined);
    const [lost] = readCollectors;
    if (lost !== undefined && records.reader === undefined) throw new RangeError(`nothing makes the field ${lost.name}`);
    this.reader = records.reader && openReader(records.reader);
    this.readRooms =
      this.reader === undefined
        ? []
        : Array.from({ length: batchSize }, (_, i) =>
            Object.fromEntries(readCollectors.map((collector) => [collector.name, collector.record(i)])),
          );
    this.full = { values: new Map(), size: batchSize };
    this.last = { values: new Map(), size: this.length - (this.stepsPerEpoch - 1) * batchSize };
  }

  sizeOf(step: number): number {
    return this.room(step).size;
  }

  /** Made once: a batch of records in memory allocates nothing. */
  private room(step: number): MutableBatch {
    return step === this.stepsPerEpoch - 1 ? this.last : this.full;
  }

  batch(epoch: number, step: number): Batch | Promise<Batch> {
    if (!(step >= 0 && step < this.stepsPerEpoch)) throw new RangeError(`step ${step} is not in 0 … ${this.stepsPerEpoch - 1}`);
    const order = this.orderOf(epoch, step);
    const { reader } = this;
    return reader === undefined ? this.collect(order, epoch, step) : this.read(reader, order, epoch, step);
  }

  close(): void {
    this.reader?.close?.();
  }

  private async read(reader: RecordReader, order: Uint32Array, epoch: number, step: number): Promise<Batch> {
    const [start, size] = [this.startOf(order, step), this.sizeOf(step)];
    for (let i = 0; i < size; i++) await reader.read(order[start + i]!, this.readRooms[i]!);
    return this.collect(order, epoch, step);
  }

  private collect(order: Uint32Array, epoch: number, step: number): Batch {
    const batch = this.room(step);
    for (const collector of this.collectors) {
      batch.values.set(collector.name, collector.collect(order, this.startOf(order, step), batch.size, this.seed, epoch));
    }
    const start = this.startOf(order, step);
    this.mixer?.mix(batch.values, { seed: this.seed, epoch, step, records: order.subarray(start, start + batch.size) });
    return batch;
  }

  /** Records among which are those of a batch, side by side from `startOf` on. */
  private orderOf(epoch: number, step: number): Uint32Array {
    const { shuffleSeed, sampling } = this;
    if (shuffleSeed === undefined && sampling === undefined) return this.indices;
    const key = shuffleSeed === undefined ? undefined : streamKey(shuffleSeed, 'shuffle', epoch);
    if (key === undefined || sampling !== undefined || this.length <= this.mostHeld) return this.epochOrder(epoch, key);
    const start = step * this.batchSize;
    for (let i = 0; i < this.sizeOf(step); i++) {
      this.records[i] = this.indices[permutedPlace(start + i, this.length, key)]!;
    }
    return this.records;
  }

  private startOf(order: Uint32Array, step: number): number {
    return order === this.records ? 0 : step * this.batchSize;
  }

  private epochOrder(epoch: number, key: number | undefined): Uint32Array {
    if (this.orderEpoch === epoch) return this.order;
    const records = this.sampling === undefined ? this.indices : sampledRecords(this.sampling, this.seed, epoch);
    const order = key === undefined ? records : permutation(this.length, key);
    if (key !== undefined) for (let i = 0; i < order.length; i++) order[i] = records[order[i]!]!;
    this.order = order;
    this.orderEpoch = epoch;
    return order;
  }
}

/** `0 … length - 1`, where all threads see them. */
export function allRecords(length: number): Uint32Array {
  const records = sharedArray(Uint32Array, length);
  for (let record = 0; record < length; record++) records[record] = record;
  return records;
}
